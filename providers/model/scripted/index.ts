export { rules } from './rules.ts';
export { startScriptedModel, type ScriptedModel, type ScriptedModelOptions } from './server.ts';
export type { Script, ScriptedRequest, ScriptedTurn } from './turn.ts';
