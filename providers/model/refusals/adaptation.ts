import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

export type Body = ChatCompletionCreateParamsStreaming;

/** Why an endpoint refused a request. */
export interface Refusal {
  status: number;
  /** The error message, without the backslashes of nested JSON. */
  text: string;
  /** The parameter that the error names. */
  param: string | null;
  code: string | null;
}

/** A change to a request for endpoints that refuse its original form. */
export interface Adaptation {
  /** Each name is applied at most once per request. */
  name: string;
  adapt(body: Body): Body;
}

/** Returns the adaptation for a refusal of `body`; null if the refusal is about something else. */
export type Adapter = (refusal: Refusal, body: Body) => Adaptation | null;

/** Matches messages in which endpoints refuse unknown or unsupported input. */
export const REFUSING_WORDS =
  /unsupported|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|not available|not enabled|cannot find|no such|extra inputs|extra fields|extra_forbidden|deprecated|only \S+ is allowed|does not take|cannot both|may only be|must be/i;
