import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

export type Body = ChatCompletionCreateParamsStreaming;

/** Why an endpoint did not take a request. */
export interface Refusal {
  status: number;
  /** Its words, without the backslashes of an error within an error. */
  text: string;
  /** The parameter that it names. */
  param: string | null;
  code: string | null;
}

/** How a request is said in another way, to endpoints that do not take it as it is. */
export interface Adaptation {
  /** One of a name is done at most. */
  name: string;
  adapt(body: Body): Body;
}

/** The adaptation that helps against a refusal of `body`; null if it is about something else. */
export type Adapter = (refusal: Refusal, body: Body) => Adaptation | null;

/** How endpoints say that they do not know, or do not take, what they were sent. */
export const REFUSING_WORDS =
  /unsupported|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|not available|not enabled|cannot find|no such|extra inputs|extra fields|extra_forbidden|deprecated|only \S+ is allowed|does not take|cannot both|may only be|must be/i;
