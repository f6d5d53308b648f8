import OpenAI from 'openai';
import { assistantTools } from 'durable-assistants/tools';
import { getWeather } from '../tools.ts';

const tools = assistantTools([getWeather]) as OpenAI.Chat.Completions.ChatCompletionTool[];
const QUESTION: OpenAI.Chat.Completions.ChatCompletionMessageParam = { role: 'user', content: 'How is the weather in Paris?' };

async function ask(
  model: OpenAI,
  messages: OpenAI.Chat.Completions.ChatCompletionMessageParam[],
  withTools: boolean,
): Promise<OpenAI.Chat.Completions.ChatCompletionMessage> {
  const stream = model.chat.completions.stream({ model: 'm', messages, ...(withTools && { tools }) });
  return (await stream.finalChatCompletion()).choices[0]!.message;
}

/** What a program does without a server: it calls the model through the SDK, keeps everything in memory and stores nothing. */
export function bareLoop(modelUrl: string): { plain: () => Promise<void>; toolRound: () => Promise<void> } {
  const model = new OpenAI({ baseURL: modelUrl, apiKey: 'none' });
  return {
    plain: async () => {
      await ask(model, [QUESTION], false);
    },
    toolRound: async () => {
      const answer = await ask(model, [QUESTION], true);
      const [call] = answer.tool_calls!;
      if (call?.type !== 'function') throw new Error('the model did not call the tool');
      const output = 'sunny in Paris';
      await ask(model, [QUESTION, answer, { role: 'tool', tool_call_id: call.id, content: output }], true);
    },
  };
}
