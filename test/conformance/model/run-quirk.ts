import type OpenAI from 'openai';
import type { AnswerQuirk } from './answers/quirk.ts';
import type { RawEndpoint } from './raw-endpoint.ts';

/** What can be seen of a run at its end, or when it waits for outputs. */
export interface Seen {
  status: string;
  incomplete: string | undefined;
  calls: [name: string, given: string][];
  texts: string[];
  error: string;
  requests: number;
  usage: number | undefined;
}

/** Does a run against an endpoint that has this quirk, under a model name of its own. A run that waits is cancelled. */
export async function seeQuirk(
  openai: OpenAI,
  endpoint: RawEndpoint,
  { answers }: AnswerQuirk,
  { assistantId, model }: { assistantId: string; model: string },
): Promise<Seen & { threadId: string }> {
  endpoint.answer(model, (_request, count) => answers[Math.min(count, answers.length) - 1]!);
  const run = await openai.beta.threads.createAndRunPoll(
    { assistant_id: assistantId, model, thread: { messages: [{ role: 'user', content: 'Hi' }] } },
    { pollIntervalMs: 50 },
  );
  const { data } = await openai.beta.threads.messages.list(run.thread_id, { run_id: run.id });
  const called = run.required_action?.submit_tool_outputs.tool_calls ?? [];
  if (run.status === 'requires_action') await openai.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
  return {
    threadId: run.thread_id,
    status: run.status,
    incomplete: run.incomplete_details?.reason,
    calls: called.map((call) => [call.function.name, call.function.arguments]),
    texts: data.flatMap(({ content }) => content.map((part) => (part.type === 'text' ? part.text.value : part.type))),
    error: run.last_error?.message ?? '',
    requests: endpoint.requestsOf(model).length,
    usage: run.usage?.total_tokens,
  };
}

/** The same as the table says it. What it is silent about is as it was seen. */
export function wantedOf({ wants }: AnswerQuirk, seen: Seen): Seen {
  return {
    status: wants.status ?? (wants.calls ? 'requires_action' : 'completed'),
    incomplete: wants.incomplete,
    calls: (wants.calls ?? []).map(([name, given]) => [name, given]),
    texts: wants.text === undefined ? [] : [wants.text],
    error: (wants.error ?? /^$/).test(seen.error) ? seen.error : String(wants.error ?? 'no error'),
    requests: wants.requests ?? seen.requests,
    usage: wants.usage ?? seen.usage,
  };
}
