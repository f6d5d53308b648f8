import type { StepToolCall } from '../schemas/run-step.ts';
import type { BuiltInToolType, FunctionToolCall } from '../schemas/tools.ts';

/** A call of the model to a tool that the server carries out itself. The model sees such a tool as a function. */
export interface BuiltInToolCall {
  id: string;
  type: BuiltInToolType;
  /** As the model wrote it. */
  function: { name: string; arguments: string };
}

/** A call of the model. Its type says who carries it out: `function`, the caller; any other, the server. */
export type ToolCall = FunctionToolCall | BuiltInToolCall;

export const isBuiltIn = (call: ToolCall): call is BuiltInToolCall => call.type !== 'function';
export const isFunction = (call: ToolCall): call is FunctionToolCall => call.type === 'function';

/** The call as Chat Completions know it, whoever carries it out. */
export const asFunctionCall = (call: ToolCall): FunctionToolCall => ({ ...call, type: 'function' });

/** The result of a built-in tool's call. */
export interface BuiltInToolResult {
  /** What the model is told. */
  output: string;
  /** The call as the run's step shows it, with its results. */
  stepCall: StepToolCall;
}

/** The code in a call's arguments. Models that send bare code instead of JSON are understood. */
function codeIn(json: string): string {
  try {
    const { code } = JSON.parse(json) as { code?: unknown };
    return typeof code === 'string' ? code : json;
  } catch {
    return json;
  }
}

/** The call as a run's step shows it before it has results. */
export function callInStep(call: BuiltInToolCall): StepToolCall {
  const { id } = call;
  switch (call.type) {
    case 'code_interpreter':
      return { id, type: 'code_interpreter', code_interpreter: { input: codeIn(call.function.arguments), outputs: [] } };
    case 'file_search':
      return { id, type: 'file_search', file_search: {} };
  }
}

/** Functions' calls as a run's step shows them before their outputs are submitted. */
export const functionCallsInStep = (calls: readonly FunctionToolCall[]): StepToolCall[] =>
  calls.map((call) => ({ ...call, function: { ...call.function, output: null } }));
