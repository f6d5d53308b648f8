import { calls, delta, events, json, stream, well } from '../raw-endpoint.ts';
import { end, fragment, AGAIN, type AnswerQuirk } from './quirk.ts';

/** Failures behind a 200, and ways in which answers end. */
export const END_QUIRKS: readonly AnswerQuirk[] = [
  // Failures behind a 200.
  ...['error', 'abort', 'network_error', 'insufficient_system_resource', 'function_call_filter: MALFORMED_FUNCTION_CALL'].map(
    (reason): AnswerQuirk => ({
      what: `text, then the reason \`${reason}\``,
      who:
        {
          error: 'OpenRouter',
          abort: 'vLLM, SGLang',
          network_error: 'GLM, OpenCode Zen',
          insufficient_system_resource: 'DeepSeek',
        }[reason] ?? 'Gemini’s compatible endpoint',
      outcome: AGAIN,
      answers: [stream(delta({ content: 'half' }), end(reason)), well('fine')],
      wants: { text: 'fine', requests: 2 },
    }),
  ),
  {
    what: 'a choice with an `error`',
    who: 'OpenRouter',
    outcome: AGAIN,
    answers: [
      stream(delta({ content: 'half' }), {
        choices: [{ index: 0, delta: {}, finish_reason: 'error', error: { code: 502, message: 'the provider hung up' } }],
      }),
      well('fine'),
    ],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'an `error` within the stream, every time',
    who: 'OpenRouter, llama.cpp',
    outcome: 'asked again, then failed with its words',
    answers: [
      {
        headers: { 'retry-after-ms': '1' },
        body: events(delta({ content: 'half' }), { error: { code: 502, message: 'the provider hung up' } }),
      },
    ],
    wants: { status: 'failed', error: /the provider hung up/, text: 'half', requests: 5 },
  },
  {
    what: 'a bare error object within the stream',
    who: 'proxies',
    outcome: AGAIN,
    answers: [
      { headers: { 'retry-after-ms': '1' }, body: events({ object: 'error', message: 'no room', code: 500 }) },
      well('fine'),
    ],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'a line `error:` instead of `data:`',
    who: 'llama.cpp (2025)',
    outcome: AGAIN,
    answers: [
      {
        headers: { 'retry-after-ms': '1' },
        body: `${events(delta({ content: 'half' }))}error: ${JSON.stringify({ code: 500, message: 'no room' })}\n\n`,
      },
      well('fine'),
    ],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'an empty `error` beside what is well',
    who: 'proxies',
    outcome: 'read',
    answers: [stream({ ...delta({ content: 'fine' }), error: { code: null, message: '' } }, end())],
    wants: { text: 'fine', requests: 1 },
  },
  {
    what: 'an event named `error`',
    who: 'Groq',
    outcome: AGAIN,
    answers: [
      {
        headers: { 'retry-after-ms': '1' },
        body: `event: error\ndata: ${JSON.stringify({ type: 'error', error: { message: 'Overloaded' } })}\n\n`,
      },
      well('fine'),
    ],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'status 200 with an error as JSON',
    who: 'OpenRouter',
    outcome: 'asked again, then failed with its words',
    answers: [{ ...json({ error: { message: 'no such tenant' } }), headers: { 'retry-after-ms': '1' } }],
    wants: { status: 'failed', error: /no such tenant/, requests: 5 },
  },
  {
    what: 'status 200 with `base_resp`',
    who: 'MiniMax (older)',
    outcome: 'asked again, then failed with its words',
    answers: [
      {
        ...json({ choices: null, base_resp: { status_code: 1004, status_msg: 'login fail' } }),
        headers: { 'retry-after-ms': '1' },
      },
    ],
    wants: { status: 'failed', error: /login fail/, requests: 5 },
  },

  {
    what: 'a connection that breaks within an event',
    who: 'any',
    outcome: AGAIN,
    answers: [{ body: [events(delta({ content: 'half' })), 'data: {"choices":[{"del', 30], cut: true }, well('fine')],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'status 502 with a page of HTML',
    who: 'whatever stands before an endpoint',
    outcome: AGAIN,
    answers: [
      { status: 502, type: 'text/html', headers: { 'retry-after-ms': '1' }, body: '<html><h1>502 Bad Gateway</h1></html>' },
      well('fine'),
    ],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'status 429 with `retry-after`',
    who: 'any',
    outcome: 'asked again when it may',
    answers: [{ ...json({ error: { message: 'slow down' } }, 429), headers: { 'retry-after': '1' } }, well('fine')],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'status 400 with a reason that is about nothing below',
    who: 'any',
    outcome: 'failed at once with its words',
    answers: [json({ error: { message: 'this model does not exist' } }, 400)],
    wants: { status: 'failed', error: /400 this model does not exist/, requests: 1 },
  },

  {
    what: 'an error that ends with half a character',
    who: 'whatever cuts texts',
    outcome: 'failed with its words, U+FFFD in the place of the half',
    answers: [json('{"error":{"message":"bad \\ud83d"}}', 400)],
    wants: { status: 'failed', error: /400 bad \uFFFD$/, requests: 1 },
  },

  // Cut and filtered answers.
  ...['max_tokens', 'model_length', 'MAX_TOKENS', 'length'].map((reason): AnswerQuirk => ({
    what: `the reason \`${reason}\``,
    who:
      { max_tokens: 'proxies of Anthropic', model_length: 'Mistral', MAX_TOKENS: 'proxies of Gemini' }[reason] ?? 'the original',
    outcome: 'incomplete, `max_completion_tokens`',
    answers: [stream(delta({ content: 'half' }), end(reason))],
    wants: { status: 'incomplete', incomplete: 'max_completion_tokens', text: 'half' },
  })),
  ...['content_filter', 'sensitive', 'SAFETY'].map((reason): AnswerQuirk => ({
    what: `text, then the reason \`${reason}\``,
    who: { content_filter: 'the original, Azure', sensitive: 'GLM' }[reason] ?? 'proxies of Gemini',
    outcome: 'incomplete, `content_filter`',
    answers: [stream(delta({ content: 'half' }), end(reason))],
    wants: { status: 'incomplete', incomplete: 'content_filter', text: 'half' },
  })),

  // Ends.
  {
    what: 'no reason at all, then `[DONE]`',
    who: 'vLLM',
    outcome: 'completed',
    answers: [stream(delta({ content: 'fine' }))],
    wants: { text: 'fine', requests: 1 },
  },
  {
    what: 'an empty reason throughout, then `[DONE]`',
    who: 'proxies',
    outcome: 'completed',
    answers: [stream(delta({ content: 'fi' }, ''), delta({ content: 'ne' }, ''))],
    wants: { text: 'fine', requests: 1 },
  },
  {
    what: 'a call without a reason, then `[DONE]`',
    who: 'proxies',
    outcome: 'the call',
    answers: [stream(calls(fragment({ name: 'f', arguments: '{}' }, { index: 0 })))],
    wants: { calls: [['f', '{}']], requests: 1 },
  },
  {
    what: 'neither a reason nor `[DONE]`',
    who: 'connections that break, LM Studio beyond its context',
    outcome: AGAIN,
    answers: [{ body: events(delta({ content: 'half' })) }, well('fine')],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'a reason, and no `[DONE]`',
    who: 'proxies',
    outcome: 'completed',
    answers: [{ body: events(delta({ content: 'fine' }), end()) }],
    wants: { text: 'fine', requests: 1 },
  },
];
