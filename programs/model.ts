import { createChatCompletionsProvider } from '../providers/model/chat-completions.ts';
import type { ModelProvider } from '../providers/model/port.ts';
import { rules, startScriptedModel } from '../providers/model/scripted/index.ts';
import { createPassThrough } from '../providers/pass-through/endpoint.ts';
import type { PassThrough } from '../providers/pass-through/port.ts';
import type { Config } from './config.ts';

/** Delay between the words of the scripted model, in milliseconds, so that streaming is visible. */
const WORD_MS = 20;

export interface ConfiguredModel {
  provider: ModelProvider;
  /** Null if the settings disable it. */
  passThrough: PassThrough | null;
  /** Text for people. */
  description: string;
  scripted: boolean;
  close(): Promise<void>;
}

/** Opens the model of the settings. Without one it is the scripted model, which is called over HTTP like any other. */
export async function openModel(config: Config): Promise<ConfiguredModel> {
  const options = {
    modelMap: config.modelMap,
    idleTimeoutMs: config.modelTimeoutMs,
    answerTimeoutMs: config.modelAnswerTimeoutMs,
  };
  const passThroughTo = (endpoint: { baseUrl: string; apiKey: string }): PassThrough | null =>
    config.modelPassThrough ? createPassThrough({ ...options, ...endpoint }) : null;
  if (config.model) {
    return {
      provider: createChatCompletionsProvider({ ...options, ...config.model }),
      passThrough: passThroughTo(config.model),
      description: new URL(config.model.baseUrl).host,
      scripted: false,
      close: async () => {},
    };
  }
  const scripted = await startScriptedModel({
    keepRequests: 0,
    script: async (request) => ({ wordDelayMs: WORD_MS, ...(await rules(request)) }),
  });
  const endpoint = { baseUrl: scripted.baseUrl, apiKey: 'none' };
  return {
    provider: createChatCompletionsProvider({ ...options, ...endpoint }),
    passThrough: passThroughTo(endpoint),
    description: 'scripted: fixed rules, no model (set MODEL_BASE_URL or OPENAI_API_KEY for a real one)',
    scripted: true,
    close: () => scripted.close(),
  };
}
