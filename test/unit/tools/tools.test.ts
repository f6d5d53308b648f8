// pure
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { assistantTools, defineTool } from '../../../tools/define-tool.ts';
import { judgeCall } from '../../../tools/judge-calls.ts';
import { createToolRegistry } from '../../../tools/registry.ts';

const queryOrder = defineTool({
  name: 'query_order',
  description: 'Look up an order.',
  parameters: z.object({ order_id: z.string(), verbose: z.boolean().default(false) }),
  execute: () => 'shipped',
});
const registry = createToolRegistry([queryOrder]);
const judge = (name: string, args: string) =>
  judgeCall(registry, { id: 'call_1', type: 'function', function: { name, arguments: args } });

describe('defineTool', () => {
  test('a name the API would refuse → an error that says the rule', () => {
    expect(() => defineTool({ ...queryOrder, name: 'query order' })).toThrow('1 to 64 letters');
  });
  test('parameters that are no object → error', () => {
    expect(() => defineTool({ name: 'f', parameters: z.string(), execute: () => '' })).toThrow('must be an object');
  });
  test('two tools of one name → error', () => {
    expect(() => createToolRegistry([queryOrder, queryOrder])).toThrow("Two tools are named 'query_order'");
  });
  test('assistantTools gives JSON Schema; a parameter with a default is not required', () => {
    expect(assistantTools([queryOrder])).toEqual([
      {
        type: 'function',
        function: {
          name: 'query_order',
          description: 'Look up an order.',
          parameters: {
            type: 'object',
            properties: { order_id: { type: 'string' }, verbose: { type: 'boolean', default: false } },
            required: ['order_id'],
          },
        },
      },
    ]);
  });
});

describe('judgeCall', () => {
  test('a fitting call → dispatch, with the arguments as written', async () => {
    expect(await judge('query_order', '{"order_id":"ORD001"}')).toMatchObject({
      kind: 'dispatch',
      arguments: { order_id: 'ORD001' },
      summary: 'query_order({"order_id":"ORD001"})',
      options: { taskQueue: 'assistants-tools', retry: { maximumAttempts: 3 } },
    });
  });
  test('an unknown tool → an answer that lists the known ones', async () => {
    const judged = await judge('delete_everything', '{}');
    expect(judged).toMatchObject({ kind: 'answer', reason: 'unknown_tool' });
    expect(judged.kind === 'answer' && judged.output).toContain('Available tools: query_order');
  });
  test.each(['{"order_id":', '[]', '{"order_id":7}', '{}', '"x"'])(
    'arguments %s → an answer that says what is wrong',
    async (args) => {
      expect(await judge('query_order', args)).toMatchObject({ kind: 'answer', reason: 'invalid_arguments' });
    },
  );
  test('empty arguments count as {}', async () => {
    const ping = createToolRegistry([defineTool({ name: 'ping', parameters: z.object({}), execute: () => 'pong' })]);
    const judged = await judgeCall(ping, { id: 'call_1', type: 'function', function: { name: 'ping', arguments: '' } });
    expect(judged).toMatchObject({ kind: 'dispatch', arguments: {} });
  });
  test('arguments beyond 64 KiB → an answer, not a payload', async () => {
    expect(await judge('query_order', JSON.stringify({ order_id: 'x'.repeat(70_000) }))).toMatchObject({
      kind: 'answer',
      reason: 'invalid_arguments',
    });
  });
});
