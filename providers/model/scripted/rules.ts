import { textOf, type Script, type ScriptedRequest, type ScriptedTurn } from './turn.ts';

type Tool = NonNullable<ScriptedRequest['tools']>[number]['function'];
type Parameter = { type?: string; enum?: unknown[] };

/** Codes like ORD001: letters, then digits. */
const CODE = /\b([A-Za-z]{2,})[-_]?\d+\b/g;
/** Excludes the digits of a code. */
const NUMBER = /(?<![\p{L}\p{N}_-])-?\d+(?:\.\d+)?/u;
const PLACE = /\b(?:in|at|for|to)\s+(\p{Lu}[\p{L}-]+(?:\s+\p{Lu}[\p{L}-]+)*)/u;
const HAN = /\p{Script=Han}/u;

function requiredParameters(tool: Tool): [string, Parameter][] {
  const schema = (tool.parameters ?? {}) as { properties?: Record<string, Parameter>; required?: string[] };
  const required = schema.required ?? Object.keys(schema.properties ?? {});
  return required.map((name) => [name, schema.properties?.[name] ?? {}]);
}

/** Codes in the text whose letters are a prefix of the parameter's name: ORD001 for `order_id`. */
function codesFor(parameter: string, text: string): string[] {
  const codes = [...text.matchAll(CODE)].filter(([, letters]) => parameter.toLowerCase().startsWith(letters!.toLowerCase()));
  return [...new Set(codes.map(([code]) => code))];
}

/** A value for a parameter, taken from the user's text if possible; otherwise a default for its type. */
function valueFor(parameter: Parameter, text: string): unknown {
  const choice = parameter.enum?.find((value) => typeof value === 'string' && text.toLowerCase().includes(value.toLowerCase()));
  if (choice !== undefined) return choice;
  if (parameter.enum) return parameter.enum[0];
  if (parameter.type === 'number' || parameter.type === 'integer') return Number(NUMBER.exec(text)?.[0] ?? 0);
  if (parameter.type === 'boolean') return true;
  if (parameter.type === 'array') return [];
  if (parameter.type === 'object') return {};
  return PLACE.exec(text)?.[1] ?? text;
}

function isMentioned(tool: Tool, text: string): boolean {
  const words = tool.name.split(/[_-]|(?<=[a-z])(?=[A-Z])/).filter((word) => word.length > 3);
  return words.some((word) => text.toLowerCase().includes(word.toLowerCase()));
}

function callsOf(tool: Tool, text: string, forced: boolean): Record<string, unknown>[] {
  const parameters = requiredParameters(tool);
  const rest = (): Record<string, unknown> =>
    Object.fromEntries(parameters.map(([name, parameter]) => [name, valueFor(parameter, text)]));
  for (const [name] of parameters) {
    const codes = codesFor(name, text);
    if (codes.length > 0) return codes.map((code) => ({ ...rest(), [name]: code }));
  }
  return forced || isMentioned(tool, text) ? [rest()] : [];
}

/** The last user message, and the tool outputs after it. */
function sinceUser(request: ScriptedRequest): { text: string; outputs: string[] } {
  const last = request.messages.findLastIndex((message) => message.role === 'user');
  const outputs = request.messages.slice(last + 1).filter((message) => message.role === 'tool');
  return { text: textOf(request.messages[last]?.content), outputs: outputs.map((message) => textOf(message.content)) };
}

function toolTurn(request: ScriptedRequest, text: string): ScriptedTurn | null {
  const choice = request.tool_choice as 'none' | 'auto' | 'required' | { function?: { name: string } } | undefined;
  if (choice === 'none') return null;
  const named = typeof choice === 'object' ? choice.function?.name : undefined;
  const tools = (request.tools ?? []).map((tool) => tool.function).filter((tool) => named === undefined || tool.name === named);
  let toolCalls = tools.flatMap((tool) =>
    callsOf(tool, text, named !== undefined).map((args) => ({ name: tool.name, arguments: args })),
  );
  if (toolCalls.length === 0 && choice === 'required' && tools[0]) {
    toolCalls = callsOf(tools[0], text, true).map((args) => ({ name: tools[0]!.name, arguments: args }));
  }
  if (toolCalls.length === 0) return null;
  return { toolCalls: request.parallel_tool_calls === false ? toolCalls.slice(0, 1) : toolCalls };
}

/**
 * The built-in script: a few rules, no understanding. It calls a function if the user's text contains a code that matches one of
 * its parameters (ORD001 for `order_id`), or a word of its name; otherwise the answer repeats the user's text or the tool
 * outputs. Every answer says that it is scripted.
 */
export const rules: Script = (request) => {
  const { text, outputs } = sinceUser(request);
  const chinese = HAN.test(text);
  if (outputs.length > 0) {
    return {
      text: chinese ? `［脚本模型］查询结果：${outputs.join('；')}` : `[scripted model] The tools say: ${outputs.join('; ')}`,
    };
  }
  return (
    toolTurn(request, text) ?? {
      text: chinese ? `［脚本模型］收到：${text}` : `[scripted model] You said: ${text}`,
    }
  );
};
