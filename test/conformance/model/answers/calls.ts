import { calls, delta, stream, well } from '../raw-endpoint.ts';
import { end, fragment, TWO_CALLS, AGAIN, type AnswerQuirk } from './quirk.ts';

/** How endpoints tell one call from another. */
export const CALL_QUIRKS: readonly AnswerQuirk[] = [
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
];
