import { calls, delta, events, json, stream, well, type RawAnswer } from './raw-endpoint.ts';

/** How an endpoint answers in its own way, and what becomes of the run. */
export interface AnswerQuirk {
  /** What it does: a line of docs/reference/models.md. */
  what: string;
  /** Who was seen or documented to do it. */
  who: string;
  /** What becomes of it: the end of that line. */
  outcome: string;
  /** One for each request; the last one again for all that follow. */
  answers: readonly RawAnswer[];
  wants: {
    status?: string;
    text?: string;
    calls?: readonly (readonly [name: string, given: string])[];
    error?: RegExp;
    incomplete?: string;
    usage?: number;
    requests?: number;
  };
}

const end = (reason = 'stop'): object => delta({}, reason);
const fragment = (given: object, more: object = {}): object => ({ ...more, type: 'function', function: given });
const TWO_CALLS = [
  ['f', '{"a":1}'],
  ['g', '{"b":2}'],
] as const;
const AGAIN = 'asked again';

/** The quirks of answers, one line each. The next one is one more line. */
export const ANSWER_QUIRKS: readonly AnswerQuirk[] = [
  // Calls told apart.
  {
    what: 'two calls, both with index 0 and an empty id',
    who: 'Gemini’s compatible endpoint, Ollama and vLLM (older)',
    outcome: 'two calls',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a":1}' }, { index: 0, id: '' })),
        calls(fragment({ name: 'g', arguments: '{"b":2}' }, { index: 0, id: '' })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: TWO_CALLS },
  },
  {
    what: 'two calls of one function, both with index 0 and an empty id, in one chunk',
    who: 'proxies of Gemini',
    outcome: 'two calls',
    answers: [
      stream(
        calls(
          fragment({ name: 'f', arguments: '{"a":1}' }, { index: 0, id: '' }),
          fragment({ name: 'f', arguments: '{"a":1}' }, { index: 0, id: '' }),
        ),
        end('tool_calls'),
      ),
    ],
    wants: {
      calls: [
        ['f', '{"a":1}'],
        ['f', '{"a":1}'],
      ],
    },
  },
  {
    what: 'calls whose index is null and that have no ids, the second one in pieces',
    who: 'Gemini’s compatible endpoint; without any index: Ollama and mistral.rs (older)',
    outcome: 'two calls',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a":1}' }, { index: null })),
        calls(fragment({ name: 'g', arguments: '{"b"' }, { index: null })),
        calls(fragment({ arguments: ':2}' }, { index: null })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: TWO_CALLS },
  },
  {
    what: 'parallel calls without an index, in turns, told apart by their ids',
    who: 'proxies',
    outcome: 'two calls',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '' }, { id: 'x' })),
        calls(fragment({ name: 'g', arguments: '' }, { id: 'y' })),
        calls(fragment({ arguments: '{"a":' }, { id: 'x' })),
        calls(fragment({ arguments: '{"b":' }, { id: 'y' })),
        calls(fragment({ arguments: '1}' }, { id: 'x' })),
        calls(fragment({ arguments: '2}' }, { id: 'y' })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: TWO_CALLS },
  },
  {
    what: 'a call whose id changes from piece to piece',
    who: 'mlx-openai-server, LiteLLM for some endpoints',
    outcome: 'one call',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '' }, { index: 0, id: 'a' })),
        calls(fragment({ arguments: '{"a"' }, { index: 0, id: 'b' })),
        calls(fragment({ arguments: ':1}' }, { index: 0, id: 'c' })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'a name that is repeated with each piece',
    who: 'llama.cpp (older), vLLM with GLM',
    outcome: 'one call',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a"' }, { index: 0, id: 'a' })),
        calls(fragment({ name: 'f', arguments: ':1}' }, { index: 0, id: 'a' })),
        calls(fragment({ name: 'f', arguments: '' }, { index: 0, id: 'a' })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'whole arguments behind which another object begins, under the same index',
    who: 'a relay of Gemini',
    outcome: 'two calls',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a":1}' }, { index: 0 })),
        calls(fragment({ arguments: '{"a":' }, { index: 0 })),
        calls(fragment({ arguments: '2}' }, { index: 0 })),
        end('tool_calls'),
      ),
    ],
    wants: {
      calls: [
        ['f', '{"a":1}'],
        ['f', '{"a":2}'],
      ],
    },
  },
  {
    what: 'arguments with braces in their texts, in pieces',
    who: 'any',
    outcome: 'one call',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a":"}' }, { index: 0, id: 'a' })),
        calls(fragment({ arguments: '{' }, { index: 0, id: 'a' })),
        calls(fragment({ arguments: '\\"}"}' }, { index: 0, id: 'a' })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":"}{\\"}"}']] },
  },
  {
    what: 'arguments as an object instead of a text',
    who: 'TGI (older)',
    outcome: 'one call',
    answers: [stream(calls(fragment({ name: 'f', arguments: { a: 1 } }, { index: 0 })), end('tool_calls'))],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'a call with empty arguments',
    who: 'gateways of Claude and Bedrock, vLLM (older)',
    outcome: 'arguments `{}`',
    answers: [stream(calls(fragment({ name: 'f', arguments: '' }, { index: 0, id: 'a' })), end('tool_calls'))],
    wants: { calls: [['f', '{}']] },
  },
  {
    what: 'calls, and `stop` as the reason',
    who: 'Gemini’s compatible endpoint, Ollama (older), LiteLLM',
    outcome: 'the calls',
    answers: [stream(calls(fragment({ name: 'f', arguments: '{}' }, { index: 0 })), end('stop'))],
    wants: { calls: [['f', '{}']] },
  },
  {
    what: '`function_call` deltas',
    who: 'endpoints from before tools',
    outcome: 'one call',
    answers: [
      stream(
        delta({ function_call: { name: 'f', arguments: '' } }),
        delta({ function_call: { arguments: '{"a":' } }),
        delta({ function_call: { arguments: '1}' } }),
        end('function_call'),
      ),
    ],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'says `tool_calls` and brings neither a call nor text',
    who: 'vLLM (parsers that fail)',
    outcome: AGAIN,
    answers: [stream(delta({ content: '' }), end('tool_calls')), well('fine')],
    wants: { text: 'fine', requests: 2 },
  },

  {
    what: 'a call whose id changes with each piece, also with an empty last one',
    who: 'mlx-openai-server',
    outcome: 'one call',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '' }, { index: 0, id: 'a' })),
        calls(fragment({ name: 'f', arguments: '{"a":1}' }, { index: 0, id: 'b' })),
        calls(fragment({ arguments: '' }, { index: 0, id: 'c' })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: '`{}` in the place of arguments, then the arguments in pieces',
    who: 'LiteLLM (older), gateways of Claude',
    outcome: 'one call, with the arguments',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{}' }, { index: 0, id: 'a' })),
        calls(fragment({ arguments: '{"a"' }, { index: 0 })),
        calls(fragment({ arguments: ':1}' }, { index: 0 })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'arguments in pieces, then all of them once more',
    who: 'vLLM (xLAM, GLM)',
    outcome: 'one call',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a"' }, { index: 0, id: 'a' })),
        calls(fragment({ arguments: ':1}' }, { index: 0 })),
        calls(fragment({ name: null, arguments: '{"a":1}' }, { index: 0, id: null })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'half of the arguments, then all of them',
    who: 'vLLM (xLAM, GLM)',
    outcome: 'one call',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a":1' }, { index: 0, id: 'a' })),
        calls(fragment({ arguments: '{"a":1}' }, { index: 0 })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'objects in objects, in pieces that begin alike',
    who: 'any',
    outcome: 'one call',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a":' }, { index: 0, id: 'a' })),
        calls(fragment({ arguments: '{"a":1}}' }, { index: 0 })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":{"a":1}}']] },
  },
  {
    what: 'a brace too many, then another call under the same index',
    who: 'models',
    outcome: 'two calls, the first one as written',
    answers: [
      stream(
        calls(fragment({ name: 'f', arguments: '{"a":1}}' }, { index: 0, id: 'a' })),
        calls(fragment({ name: 'g', arguments: '{"b":2}' }, { index: 0, id: 'b' })),
        end('tool_calls'),
      ),
    ],
    wants: {
      calls: [
        ['f', '{"a":1}}'],
        ['g', '{"b":2}'],
      ],
    },
  },
  {
    what: 'name and arguments beside the id instead of within `function`',
    who: 'proxies',
    outcome: 'one call',
    answers: [stream(calls({ index: 0, id: 'a', name: 'f', arguments: '{"a":1}' }), end('tool_calls'))],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: '`tool_calls` that is one call and no list',
    who: 'TGI (older)',
    outcome: 'one call',
    answers: [stream(delta({ tool_calls: fragment({ name: 'f', arguments: '{"a":1}' }, { index: 0 }) }), end('tool_calls'))],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'a name that comes behind the arguments',
    who: 'proxies',
    outcome: 'one call',
    answers: [
      stream(
        calls(fragment({ name: null, arguments: '{"a"' }, { index: 0 })),
        calls(fragment({ name: 'f', arguments: ':1}' }, { index: 0 })),
        end('tool_calls'),
      ),
    ],
    wants: { calls: [['f', '{"a":1}']] },
  },
  {
    what: 'a call without a name',
    who: 'models, parsers that fail',
    outcome: AGAIN,
    answers: [stream(calls(fragment({ name: '', arguments: '{}' }, { index: 0 })), end('tool_calls')), well('fine')],
    wants: { text: 'fine', requests: 2 },
  },
  {
    what: 'what the model thinks, then `stop`, and no text',
    who: 'GLM, Ollama',
    outcome: AGAIN,
    answers: [stream(delta({ reasoning_content: 'hm' }), end()), well('fine')],
    wants: { text: 'fine', requests: 2 },
  },

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

  // Shapes.
  {
    what: 'a whole `chat.completion` as JSON where a stream was asked for',
    who: 'proxies that do not stream',
    outcome: 'read',
    answers: [
      json({
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
      }),
    ],
    wants: { text: 'fine', usage: 7, requests: 1 },
  },
  {
    what: 'a whole `chat.completion` with calls, as JSON under the type of a stream',
    who: 'proxies that do not stream',
    outcome: 'read',
    answers: [
      {
        body: JSON.stringify({
          choices: [
            {
              message: {
                role: 'assistant',
                content: null,
                tool_calls: [
                  { id: 'x', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
                  { id: 'y', type: 'function', function: { name: 'g', arguments: '{"b":2}' } },
                ],
              },
              finish_reason: 'tool_calls',
            },
          ],
        }),
      },
    ],
    wants: { calls: TWO_CALLS },
  },
  {
    what: 'one event whose choice has a `message` and no delta',
    who: 'proxies that do not stream',
    outcome: 'read',
    answers: [stream({ choices: [{ message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }] })],
    wants: { text: 'fine', requests: 1 },
  },
  {
    what: 'deltas, and the whole `message` again at the end',
    who: 'proxies',
    outcome: 'read once',
    answers: [
      stream(delta({ content: 'fi' }), delta({ content: 'ne' }), {
        choices: [{ message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
      }),
    ],
    wants: { text: 'fine' },
  },
  {
    what: 'a chunk of JSON on each line, without `data:`',
    who: 'proxies',
    outcome: 'read',
    answers: [
      {
        type: 'application/x-ndjson',
        body: [delta({ content: 'fi' }), delta({ content: 'ne' }, 'stop')].map((c) => `${JSON.stringify(c)}\n`).join(''),
      },
    ],
    wants: { text: 'fine' },
  },
  {
    what: 'text as a list of parts',
    who: 'Mistral (reasoning models)',
    outcome: 'its text',
    answers: [
      stream(
        delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }),
        delta({ content: [{ type: 'text', text: 'fine' }] }),
        end(),
      ),
    ],
    wants: { text: 'fine' },
  },
  {
    what: 'empty `data:` lines, and spaces around `[DONE]`',
    who: 'proxies',
    outcome: 'skipped',
    answers: [{ body: `data:\n\ndata: \n\n${events(delta({ content: 'fine' }), end())}data:  [DONE] \n\n` }],
    wants: { text: 'fine', requests: 1 },
  },
  {
    what: 'lines that end with CR LF, comments, and events cut in the middle of a character',
    who: 'any',
    outcome: 'read',
    answers: [{ body: `: hello\r\n\r\n${events(delta({ content: 'fine' }), end()).replaceAll('\n', '\r\n')}` }],
    wants: { text: 'fine' },
  },
  {
    what: 'chunks without choices, or with none in them',
    who: 'Azure (filter results first), usage chunks',
    outcome: 'skipped',
    answers: [stream({ choices: [], prompt_filter_results: [] }, {}, delta({ content: 'fine' }), end(), { choices: null })],
    wants: { text: 'fine' },
  },

  // Usage.
  {
    what: '`usage` in the choice',
    who: 'Moonshot',
    outcome: 'counted',
    answers: [
      stream(delta({ content: 'fine' }), {
        choices: [
          { index: 0, delta: {}, finish_reason: 'stop', usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } },
        ],
      }),
    ],
    wants: { text: 'fine', usage: 7 },
  },
  {
    what: 'a usage of zeros behind a real one',
    who: 'proxies',
    outcome: 'the real one',
    answers: [
      stream(
        delta({ content: 'fine' }),
        { ...end(), usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } },
        { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } },
      ),
    ],
    wants: { text: 'fine', usage: 7 },
  },
  {
    what: 'a usage that grows with each chunk',
    who: 'vLLM (continuous usage), Perplexity',
    outcome: 'the last one',
    answers: [
      stream(
        { ...delta({ content: 'fi' }), usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 } },
        { ...delta({ content: 'ne' }, 'stop'), usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
      ),
    ],
    wants: { text: 'fine', usage: 5 },
  },
  {
    what: '`input_tokens` and `output_tokens`',
    who: 'proxies of Anthropic',
    outcome: 'counted',
    answers: [stream(delta({ content: 'fine' }), { ...end(), usage: { input_tokens: 3, output_tokens: 4 } })],
    wants: { text: 'fine', usage: 7 },
  },

  // Time.
  {
    what: 'comments for longer than MODEL_TIMEOUT, then the answer',
    who: 'OpenRouter, DeepSeek',
    outcome: 'waited for',
    answers: [
      {
        body: [': keep-alive\n\n', 400, ': keep-alive\n\n', 400, ': keep-alive\n\n', 400, ': keep-alive\n\n', 400].concat([
          events(delta({ content: 'fine' }), end()),
        ]),
      },
    ],
    wants: { text: 'fine', requests: 1 },
  },
];
