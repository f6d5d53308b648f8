/** What an endpoint sent for one call besides its name and arguments. */
export interface CallExtras {
  /** The endpoint's own id; null if it sent none. The API shows an id of ours instead. */
  id: string | null;
  /** Further fields of the call, such as `extra_content`. */
  fields: Record<string, unknown>;
  /** Further fields of its `function`. */
  functionFields: Record<string, unknown>;
}

/**
 * What an endpoint's assistant message contained besides text and calls. Some endpoints refuse the next request of a tool round
 * without it, others refuse what another endpoint has sent. So it is sent back unchanged, and only to the endpoint that it came
 * from.
 */
export interface AnswerExtras {
  /** Identifies the endpoint; not an address. */
  endpoint: string;
  /** Further fields of the message, such as `reasoning_content`. */
  message: Record<string, unknown>;
  /** In the order of the calls. */
  calls: CallExtras[];
}
