import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { AnyJson } from '../../helpers/any-json.ts';
import { calls, delta, json, stream, well, type RawAnswer, type RawRequest } from './raw-endpoint.ts';

type Message = ChatCompletionMessageParam;

/** What an endpoint wants to be sent, and how it is found out. */
export interface RequestQuirk {
  /** What it wants: a line of docs/reference/models.md. */
  what: string;
  who: string;
  /** What is done: the end of that line. */
  outcome: string;
  /** Answers to each request of a run, by its messages; `count` from 1. */
  answer: (request: RawRequest, count: number) => RawAnswer;
  /** Messages of the thread besides the user's `Hi`, which comes last. */
  before?: readonly { role: 'user' | 'assistant'; content: string }[];
  instructions?: string;
  /** Settings of the run. */
  settings?: object;
  /** Of the last request, at the end of the run. */
  wants: (request: RawRequest) => unknown;
  toBe: unknown;
  /** Requests of the run in all. Default: not looked at. */
  requests?: number;
}

const end = (reason = 'stop'): object => delta({}, reason);
const called = (fragment: object, more: object = {}): RawAnswer =>
  stream(delta({ role: 'assistant', ...more }), calls({ index: 0, type: 'function', ...fragment }), end('tool_calls'));
const isBack = ({ messages }: RawRequest): boolean => messages.at(-1)!.role === 'tool';
const assistantOf = ({ messages }: RawRequest): AnyJson => messages.findLast(({ role }) => role === 'assistant')!;
const toolOf = ({ messages }: RawRequest): AnyJson => messages.at(-1)!;
const refused = (message: unknown, status = 400): RawAnswer => json({ error: { message } }, status);
const CALL = { function: { name: 'f', arguments: '{"a":1}' } };

/** The first request is answered with a call, the second one with text, unless it lacks something. */
const round =
  (first: RawAnswer, lacks: (request: RawRequest) => string | null = () => null) =>
  (request: RawRequest): RawAnswer => {
    if (!isBack(request)) return first;
    const missing = lacks(request);
    return missing === null ? well('fine') : refused(missing);
  };

const NINE = /^[A-Za-z0-9]{9}$/;
const idsOf = (request: RawRequest): unknown => {
  const id: string = assistantOf(request)['tool_calls'][0].id;
  return [NINE.test(id), toolOf(request)['tool_call_id'] === id];
};

const users = (messages: readonly Message[]): unknown[] => messages.map(({ role, content }) => [role, content]);
/** Refuses a parameter once, in the words of an endpoint. */
const refusing =
  (has: (request: RawRequest) => boolean, answer: RawAnswer) =>
  (request: RawRequest): RawAnswer =>
    has(request) ? answer : well('fine');

const refusesSystem = (words: string, status = 400): RequestQuirk['answer'] =>
  refusing(({ messages }) => messages.some(({ role }) => role === 'system'), refused(words, status));
const rolesInARow = ({ messages }: RawRequest): boolean =>
  messages.some(({ role }, at) => role !== 'tool' && role === messages[at - 1]?.role);

/** The quirks of requests, one each. */
export const REQUEST_QUIRKS: readonly RequestQuirk[] = [
  // Ids.
  {
    what: 'its own call ids',
    who: 'Mistral (nine letters and digits), others',
    outcome: 'said again as they came; callers see ours',
    answer: round(called({ id: 'D681PevKs', ...CALL })),
    wants: (request) => [assistantOf(request)['tool_calls'][0].id, toolOf(request)['tool_call_id']],
    toBe: ['D681PevKs', 'D681PevKs'],
  },
  {
    what: 'ids of nine letters and digits, where it sent none',
    who: 'Mistral',
    outcome: 'made from ours',
    answer: round(called({ id: '', ...CALL }), (request) =>
      NINE.test(assistantOf(request)['tool_calls'][0].id) ? null : 'Tool call id was wrong, expected 9 letters and digits',
    ),
    wants: idsOf,
    toBe: [true, true],
    requests: 2,
  },
  {
    what: 'ids that tell calls apart, where it gave one id to two',
    who: 'proxies of Gemini',
    outcome: 'the second one made from ours',
    answer: round(
      stream(
        calls({ index: 0, id: 'same', ...CALL }, { index: 1, id: 'same', function: { name: 'g', arguments: '{}' } }),
        end('tool_calls'),
      ),
    ),
    wants: ({ messages }) => {
      const back = messages
        .filter(({ role }) => role === 'tool')
        .map((message) => (message as { tool_call_id: string }).tool_call_id);
      return [back[0], NINE.test(back[1]!)];
    },
    toBe: ['same', true],
  },

  // What stood beside text and calls.
  {
    what: 'the `extra_content` of its calls (thought signatures)',
    who: 'Gemini 3',
    outcome: 'said again as it came',
    answer: round(called({ id: 'x', ...CALL, extra_content: { google: { thought_signature: 'sig' } } }), (request) =>
      assistantOf(request)['tool_calls'][0].extra_content?.google?.thought_signature === 'sig'
        ? null
        : 'Function call is missing a thought_signature in functionCall parts.',
    ),
    wants: (request) => assistantOf(request)['tool_calls'][0].extra_content,
    toBe: { google: { thought_signature: 'sig' } },
    requests: 2,
  },
  {
    what: '`reasoning_content` of an answer with calls',
    who: 'DeepSeek, Moonshot (thinking models)',
    outcome: 'said again as it came',
    answer: round(
      stream(
        delta({ reasoning_content: 'I think ' }),
        delta({ reasoning_content: 'hard.' }),
        calls({ index: 0, id: 'x', ...CALL }),
        end('tool_calls'),
      ),
      (request) =>
        assistantOf(request)['reasoning_content'] === undefined
          ? 'Missing `reasoning_content` field in the assistant message'
          : null,
    ),
    wants: (request) => assistantOf(request)['reasoning_content'],
    toBe: 'I think hard.',
    requests: 2,
  },
  {
    what: '`reasoning_details` of an answer with calls',
    who: 'OpenRouter',
    outcome: 'said again, its pieces in one list',
    answer: round(
      stream(
        delta({ reasoning_details: [{ type: 'reasoning.text', text: 'a' }] }),
        delta({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'b' }] }),
        calls({ index: 0, id: 'x', ...CALL }),
        end('tool_calls'),
      ),
    ),
    wants: (request) => assistantOf(request)['reasoning_details'],
    toBe: [
      { type: 'reasoning.text', text: 'a' },
      { type: 'reasoning.encrypted', data: 'b' },
    ],
  },
  {
    what: 'a field of its own answer not to come back',
    who: 'Groq (models that do not reason), Mistral',
    outcome: 'found out from the refusal, left out',
    answer: round(called({ id: 'x', ...CALL }, { reasoning: 'hm' }), (request) =>
      assistantOf(request)['reasoning'] === undefined ? null : "messages.1: property 'messages.1.reasoning' is unsupported",
    ),
    wants: (request) => Object.keys(assistantOf(request)).toSorted(),
    toBe: ['content', 'role', 'tool_calls'],
    requests: 3,
  },

  {
    what: '`reasoning_details` as wholes, where it sent them in pieces',
    who: 'OpenRouter and LiteLLM with Claude',
    outcome: 'put together again, with their signatures',
    answer: round(
      stream(
        delta({ reasoning_details: [{ type: 'reasoning.text', text: 'Let', index: 0 }] }),
        delta({ reasoning_details: [{ type: 'reasoning.text', text: ' me', index: 0 }] }),
        delta({ reasoning_details: [{ type: 'reasoning.text', signature: 'Et8', index: 0 }] }),
        delta({ reasoning_details: [{ type: 'reasoning.text', text: 'see', index: 1 }] }),
        calls({ index: 0, id: 'x', ...CALL }),
        end('tool_calls'),
      ),
    ),
    wants: (request) => assistantOf(request)['reasoning_details'],
    toBe: [
      { type: 'reasoning.text', text: 'Let me', index: 0, signature: 'Et8' },
      { type: 'reasoning.text', text: 'see', index: 1 },
    ],
  },
  {
    what: '`reasoning_content` also where its model thought nothing',
    who: 'DeepSeek',
    outcome: 'found out from the refusal, an empty one',
    answer: round(called({ id: 'x', ...CALL }), (request) =>
      assistantOf(request)['reasoning_content'] === undefined
        ? 'The `reasoning_content` in the thinking mode must be passed back to the API.'
        : null,
    ),
    wants: (request) => assistantOf(request)['reasoning_content'],
    toBe: '',
    requests: 3,
  },
  {
    what: '`reasoning_content` that is not empty',
    who: 'Moonshot',
    outcome: 'found out from the refusal, a blank one',
    answer: round(called({ id: 'x', ...CALL }), (request) =>
      assistantOf(request)['reasoning_content']
        ? null
        : 'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
    ),
    wants: (request) => assistantOf(request)['reasoning_content'],
    toBe: ' ',
    requests: 4,
  },
  {
    what: 'ids that are not its own',
    who: 'omlx, mlx-lm',
    outcome: 'found out from the refusal, ids of nine letters and digits',
    answer: round(called({ id: 'call_49c89af0', ...CALL }), (request) =>
      NINE.test(toolOf(request)['tool_call_id'])
        ? null
        : 'Tool call id was call_49c89af0 but must be a-z, A-Z, 0-9, with a length of 9',
    ),
    wants: idsOf,
    toBe: [true, true],
    requests: 3,
  },
  {
    what: 'the name of the tool beside its output',
    who: 'Gemini behind proxies',
    outcome: 'found out from the refusal',
    answer: round(called({ id: 'x', ...CALL }), (request) =>
      toolOf(request)['name'] === undefined ? 'function_response.name: Name cannot be empty.' : null,
    ),
    wants: (request) => toolOf(request)['name'],
    toBe: 'f',
    requests: 3,
  },
  {
    what: 'empty text beside calls instead of null',
    who: 'templates of models',
    outcome: 'found out from the refusal',
    answer: round(called({ id: 'x', ...CALL }), (request) =>
      assistantOf(request)['content'] === null ? 'content: expected a string' : null,
    ),
    wants: (request) => assistantOf(request)['content'],
    toBe: '',
    requests: 3,
  },

  // Arguments and names.
  {
    what: 'empty arguments as an object',
    who: 'gateways of Claude',
    outcome: '`{}`',
    answer: round(called({ id: 'x', function: { name: 'f', arguments: '' } })),
    wants: (request) => assistantOf(request)['tool_calls'][0].function.arguments,
    toBe: '{}',
  },
  {
    what: 'arguments as JSON, also where its model wrote none',
    who: 'vLLM, llama.cpp',
    outcome: 'an object that says what the model wrote',
    answer: round(called({ id: 'x', function: { name: 'f', arguments: '{"a":' } }), (request) => {
      JSON.parse(assistantOf(request)['tool_calls'][0].function.arguments);
      return null;
    }),
    wants: (request) => assistantOf(request)['tool_calls'][0].function.arguments,
    toBe: '{"invalid_arguments":"{\\"a\\":"}',
  },
  {
    what: 'names of letters that it takes, also where its model made one up',
    who: 'the original (`multi_tool_use.parallel`), Azure',
    outcome: 'other letters become `_`',
    answer: round(called({ id: 'x', function: { name: 'multi_tool_use.parallel', arguments: '{}' } }), (request) =>
      /^[\w-]{1,64}$/.test(assistantOf(request)['tool_calls'][0].function.name) ? null : 'does not match pattern',
    ),
    wants: (request) => assistantOf(request)['tool_calls'][0].function.name,
    toBe: 'multi_tool_use_parallel',
    requests: 2,
  },

  // Parameters.
  ...(
    [
      [
        'stream_options',
        [
          {
            error: {
              code: 400,
              message: 'Invalid JSON payload received. Unknown name "stream_options": Cannot find field.',
              status: 'INVALID_ARGUMENT',
            },
          },
        ],
        400,
        'Gemini (an array)',
      ],
      [
        'stream_options',
        {
          detail: [
            { type: 'extra_forbidden', loc: ['body', 'stream_options', 'include_usage'], msg: 'Extra inputs are not permitted' },
          ],
        },
        422,
        'Mistral',
      ],
      [
        'stream_options',
        {
          error: {
            message: 'Provider returned error',
            code: 400,
            metadata: { raw: '{"error":{"message":"Unsupported parameter: \\"stream_options\\""}}' },
          },
        },
        400,
        'OpenRouter (an error within the error)',
      ],
      [
        'stream_options',
        { error: '{"error":{"message":"Unknown name \\"stream_options\\""}}' },
        400,
        'proxies (an error as text)',
      ],
      [
        'stream_options',
        { message: "unrecognized field: 'stream_options'", type: 'invalid_request' },
        400,
        'proxies (a message alone)',
      ],
      ['temperature', { error: { message: 'invalid temperature: only 1 is allowed for this model' } }, 400, 'Moonshot'],
      ['temperature', { error: { message: "'temperature' is deprecated for this model." } }, 400, 'Anthropic'],
    ] as const
  ).map(([name, body, status, who]): RequestQuirk => ({
    what: `no \`${name}\`, in the words of ${who}`,
    who,
    outcome: 'found out from the refusal, left out',
    settings: { temperature: 0.5 },
    answer: refusing((request) => request[name] !== undefined, json(body, status)),
    wants: (request) => request[name],
    toBe: undefined,
    requests: 2,
  })),

  {
    what: 'one of `temperature` and `top_p`',
    who: 'Anthropic',
    outcome: 'found out from the refusal, `top_p` left out',
    settings: { temperature: 0.5, top_p: 0.5 },
    answer: refusing(
      (request) => request.temperature != null && request.top_p != null,
      refused('`temperature` and `top_p` cannot both be specified for this model. Please use only one.'),
    ),
    wants: (request) => [request.temperature, request.top_p],
    toBe: [0.5, undefined],
    requests: 2,
  },
  {
    what: 'no `reasoning_effort`, under a name of its own',
    who: 'xAI',
    outcome: 'found out from the refusal, left out',
    settings: { reasoning_effort: 'low' },
    answer: refusing(
      (request) => request.reasoning_effort != null,
      refused('Model grok does not support parameter reasoningEffort.'),
    ),
    wants: (request) => request.reasoning_effort,
    toBe: undefined,
    requests: 2,
  },
  {
    what: '`tool_choice` as a word',
    who: 'LM Studio',
    outcome: 'found out from the refusal: the tool alone, and `required`',
    settings: { tool_choice: { type: 'function', function: { name: 'g' } } },
    answer: refusing(
      (request) => typeof request.tool_choice === 'object',
      refused("Invalid tool_choice type: 'object'. Supported string values: none, auto, required"),
    ),
    wants: ({ tool_choice: choice, tools }) => [choice, (tools as AnyJson[]).map((tool) => tool.function.name)],
    toBe: ['required', ['g']],
    requests: 2,
  },

  // Roles.
  {
    what: 'no two messages of the user in a row',
    who: 'vLLM and TGI (templates of Mistral, Gemma), Perplexity',
    outcome: 'found out from the refusal, joined',
    before: [{ role: 'user', content: 'One' }],
    answer: refusing(rolesInARow, refused('Conversation roles must alternate user/assistant/user/assistant/...')),
    wants: ({ messages }) => users(messages),
    toBe: [['user', 'One\n\nHi']],
    requests: 2,
  },
  {
    what: 'the user first',
    who: 'Anthropic (older), templates of Llama 2 and Gemma',
    outcome: 'found out from the refusal, a message put before',
    before: [{ role: 'assistant', content: 'Welcome' }],
    answer: refusing(({ messages }) => messages[0]!.role !== 'user', refused('messages: first message must use the "user" role')),
    wants: ({ messages }) => users(messages),
    toBe: [
      ['user', '(The conversation begins here.)'],
      ['assistant', 'Welcome'],
      ['user', 'Hi'],
    ],
    requests: 2,
  },
  {
    what: 'no system message',
    who: 'Gemma (vLLM, llama.cpp, AI Studio), o1-mini',
    outcome: 'found out from the refusal, said by the user first',
    instructions: 'Be kind.',
    answer: refusesSystem('System role not supported'),
    wants: ({ messages }) => users(messages),
    toBe: [['user', 'Be kind.\n\nHi']],
    requests: 2,
  },
  {
    what: 'no system message, said in other words and with 500',
    who: 'llama.cpp (`Jinja Exception`)',
    outcome: 'found out from the refusal, said by the user first',
    instructions: 'Be kind.',
    answer: refusesSystem('Jinja Exception: System role not supported', 500),
    wants: ({ messages }) => users(messages),
    toBe: [['user', 'Be kind.\n\nHi']],
    requests: 2,
  },
  {
    what: 'no system message, the user first, and turns that alternate',
    who: 'Gemma',
    outcome: 'put right one after the other',
    instructions: 'Be kind.',
    before: [
      { role: 'assistant', content: 'Welcome' },
      { role: 'user', content: 'One' },
    ],
    answer: (request) => {
      if (request.messages.some(({ role }) => role === 'system'))
        return refused('Developer instruction is not enabled for models/gemma');
      if (request.messages[0]!.role !== 'user' || rolesInARow(request)) return refused('Conversation roles must alternate');
      return well('fine');
    },
    wants: ({ messages }) => users(messages),
    toBe: [
      ['user', 'Be kind.'],
      ['assistant', 'Welcome'],
      ['user', 'One\n\nHi'],
    ],
  },
  {
    what: 'text in each message of the assistant',
    who: 'Mistral, Anthropic’s compatible endpoint',
    outcome: 'a message without any is left out',
    answer: (_request, count) => (count === 1 ? stream(delta({ content: '' }), end()) : well('fine')),
    wants: ({ messages }) => users(messages),
    toBe: [
      ['user', 'Hi'],
      ['user', 'Hi again'],
    ],
    requests: 2,
  },
];
