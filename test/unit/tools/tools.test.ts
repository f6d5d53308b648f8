// pure
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { assistantTools, defineTool, ToolDefinitionError } from '../../../tools/define-tool.ts';
import { routeCall } from '../../../tools/route-calls.ts';
import { createToolRegistry } from '../../../tools/registry.ts';

const queryOrder = defineTool({
  name: 'query_order',
  description: 'Look up an order.',
  parameters: z.object({ order_id: z.string(), verbose: z.boolean().default(false) }),
  execute: () => 'shipped',
});
const registry = createToolRegistry([queryOrder]);
const route = (name: string, args: string) =>
  routeCall(registry, { id: 'call_1', type: 'function', function: { name, arguments: args } });

describe('defineTool', () => {
  test('a name the API would refuse → an error that says the rule', () => {
    expect(() => defineTool({ ...queryOrder, name: 'query order' })).toThrow('1 to 64 letters');
  });
  test('parameters that are no object → error', () => {
    expect(() => defineTool({ name: 'f', parameters: z.string(), execute: () => '' })).toThrow('must be an object');
  });
  const rest = { name: 'f', parameters: z.object({}) };
  const execute = (): string => '';
  test.each<[object | undefined, string]>([
    [undefined, 'A tool is not defined right'],
    [{ ...rest }, "needs 'execute', or 'external', or a 'taskQueue'"],
    [{ ...rest, execute, external: true }, "is external, so it has no 'execute'"],
    [{ ...rest, external: true, approval: true }, "is external, so it has no 'approval'"],
    [{ ...rest, external: true, taskQueue: 'q' }, "no worker of a 'taskQueue'"],
    [{ ...rest, execute, approvall: true }, 'approvall'],
    [{ ...rest, execute: 'x' }, 'must be a function'],
    [{ ...rest, execute, approval: { when: 'yes' } }, 'must be true, a function, or'],
    [{ ...rest, execute, onFailure: 'explode' }, 'onFailure'],
    [{ ...rest, execute, secrets: 'card' }, 'secrets'],
    [{ ...rest, execute, startToCloseTimeout: '5' }, "must be a time like '10 seconds'"],
    [{ ...rest, execute, startToCloseTimeout: Number.POSITIVE_INFINITY }, 'must be a time'],
    [{ ...rest, execute, heartbeatTimeout: '300 milliseconds' }, '2 seconds at least'],
    [{ ...rest, execute, retry: { maximumAttempts: 0.5 } }, 'maximumAttempts'],
    [{ ...rest, execute, retry: { maximumAttempts: -1 } }, 'maximumAttempts'],
    [{ ...rest, execute, retry: { backoffCoefficient: 0.5 } }, 'backoffCoefficient'],
    [{ ...rest, execute, retry: { initialInterval: 1_000, maximumInterval: 10 } }, 'maximumInterval'],
    [{ ...rest, execute, taskQueue: 'q'.repeat(2_000) }, 'taskQueue'],
    [{ ...rest, execute, parameters: { type: 'object' } }, 'must be a schema of zod'],
  ])('wrong definition %# → ToolDefinitionError that says what', (definition, says) => {
    expect(() => defineTool(definition as never)).toThrow(ToolDefinitionError);
    expect(() => defineTool(definition as never)).toThrow(says);
  });
  test('secrets are masked in what people see, at any depth', async () => {
    const pay = defineTool({ ...rest, name: 'pay', parameters: z.looseObject({}), secrets: ['card'], execute });
    const args = JSON.stringify({ to: { card: '4111', name: 'A' }, cards: [{ card: '42' }] });
    const routed = await routeCall(createToolRegistry([pay]), {
      id: 'c',
      type: 'function',
      function: { name: 'pay', arguments: args },
    });
    expect(routed).toMatchObject({
      summary: 'pay({"to":{"card":"***","name":"A"},"cards":[{"card":"***"}]})',
      arguments: { to: { card: '4111', name: 'A' } },
    });
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

describe('routeCall', () => {
  test('a fitting call → dispatch, with the arguments as written', async () => {
    expect(await route('query_order', '{"order_id":"ORD001"}')).toMatchObject({
      kind: 'dispatch',
      arguments: { order_id: 'ORD001' },
      summary: 'query_order({"order_id":"ORD001"})',
      options: { taskQueue: 'assistants-tools', retry: { maximumAttempts: 3 } },
    });
  });
  test('an unknown tool → an answer that lists the known ones', async () => {
    const routed = await route('delete_everything', '{}');
    expect(routed).toMatchObject({ kind: 'answer', reason: 'unknown_tool' });
    expect(routed.kind === 'answer' && routed.output).toContain('Available tools: query_order');
  });
  test.each(['{"order_id":', '[]', '{"order_id":7}', '{}', '"x"'])(
    'arguments %s → an answer that says what is wrong',
    async (args) => {
      expect(await route('query_order', args)).toMatchObject({ kind: 'answer', reason: 'invalid_arguments' });
    },
  );
  test('empty arguments count as {}', async () => {
    const ping = createToolRegistry([defineTool({ name: 'ping', parameters: z.object({}), execute: () => 'pong' })]);
    const routed = await routeCall(ping, { id: 'call_1', type: 'function', function: { name: 'ping', arguments: '' } });
    expect(routed).toMatchObject({ kind: 'dispatch', arguments: {} });
  });
  test('arguments beyond 64 KiB → an answer, not a payload', async () => {
    expect(await route('query_order', JSON.stringify({ order_id: 'x'.repeat(70_000) }))).toMatchObject({
      kind: 'answer',
      reason: 'invalid_arguments',
    });
  });
});
