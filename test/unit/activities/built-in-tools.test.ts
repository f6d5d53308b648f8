// pure: how a run's built-in tools are offered to the model
import { expect, test } from '@jest/globals';
import {
  builtInNames,
  offeredToolChoice,
  offeredTools,
  type BuiltInTool,
} from '../../../activities/execute-run/built-in-tools.ts';
import type { AssistantTool, BuiltInToolType } from '../../../schemas/tools.ts';

const execute: BuiltInTool['execute'] = async () => {
  throw new Error('not called');
};
const builtIns = new Map<BuiltInToolType, BuiltInTool>([['code_interpreter', { definition: { name: 'code' }, execute }]]);
const functionTool = (name: string): AssistantTool => ({ type: 'function', function: { name } });
const tools: AssistantTool[] = [functionTool('code'), { type: 'code_interpreter' }, { type: 'file_search' }];
const settings = { tools, tool_choice: 'auto' as const };
const names = builtInNames(settings, builtIns);

test('built-in tools are functions with names of their own; those that the worker lacks are left out', () => {
  expect([...names]).toEqual([['code_', 'code_interpreter']]);
  expect(offeredTools(settings, builtIns, names)).toEqual([
    functionTool('code'),
    { type: 'function', function: { name: 'code_' } },
  ]);
});

test.each([
  ['auto', 'auto'],
  ['none', 'none'],
  [{ type: 'code_interpreter' as const }, { type: 'function', function: { name: 'code_' } }],
  [{ type: 'file_search' as const }, 'auto'],
  [
    { type: 'function' as const, function: { name: 'code' } },
    { type: 'function', function: { name: 'code' } },
  ],
])('tool_choice %j → %j', (choice, expected) => {
  expect(offeredToolChoice({ tools, tool_choice: choice as 'auto' }, names)).toEqual(expected);
});
