import { delta, events, json, stream } from '../raw-endpoint.ts';
import { end, TWO_CALLS, type AnswerQuirk } from './quirk.ts';

/** Shapes of answers, of usage, and of time. */
export const SHAPE_QUIRKS: readonly AnswerQuirk[] = [
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
