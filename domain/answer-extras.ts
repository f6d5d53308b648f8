/** What an endpoint said of one call besides its name and arguments. */
export interface CallExtras {
  /** The endpoint's own id; null if it gave none. Outward a call has an id of ours. */
  id: string | null;
  /** Further fields of the call, such as `extra_content`. */
  fields: Record<string, unknown>;
  /** Further fields of its `function`. */
  functionFields: Record<string, unknown>;
}

/**
 * What an endpoint's assistant message held besides text and calls. Some endpoints refuse the next request of a tool round
 * without it, others refuse what was said by somebody else: it is said again as it came, to the endpoint that sent it.
 */
export interface AnswerExtras {
  /** Tells endpoints apart; not an address. */
  endpoint: string;
  /** Further fields of the message, such as `reasoning_content`. */
  message: Record<string, unknown>;
  /** In the order of the calls. */
  calls: CallExtras[];
}
