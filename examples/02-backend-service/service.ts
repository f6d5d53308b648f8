/**
 * The backend service: takes a question over HTTP and starts a run. The answer comes back if it is there soon, otherwise
 * the id to ask with. The run goes on without this process.
 */
import { setTimeout as delay } from 'node:timers/promises';
import Fastify from 'fastify';
import OpenAI from 'openai';
import { AssistantRunError, connect, InvalidRunInputError, RunNotFoundError } from 'durable-assistants/client';
import { assistantTools } from 'durable-assistants/tools';
import { queryOrder } from './tools.ts';

/** How long a request waits for the answer, in milliseconds. */
const PATIENCE_MS = 5_000;

const baseURL = process.env['ASSISTANTS_BASE_URL'] ?? 'http://127.0.0.1:8080/v1';
const openai = new OpenAI({ baseURL, apiKey: process.env['ASSISTANTS_API_KEY'] ?? 'none' });
const assistant = await openai.beta.assistants.create({
  model: 'gpt-4o-mini',
  name: 'Shop',
  tools: assistantTools([queryOrder]),
});

const assistants = await connect();
const app = Fastify();

async function answerOf(workflowId: string) {
  const run = assistants.get(workflowId);
  // Losing this race costs nothing: the result can be asked for again.
  const result = await Promise.race([run.result(), delay(PATIENCE_MS, null, { ref: false })]);
  return result ? { answer: result.reply?.text ?? null, threadId: result.threadId } : null;
}

const body = {
  type: 'object',
  required: ['question'],
  properties: { question: { type: 'string' }, threadId: { type: 'string' } },
};

app.post<{ Body: { question: string; threadId?: string } }>('/questions', { schema: { body } }, async (request, reply) => {
  const { question, threadId } = request.body;
  const run = await assistants.start({
    assistantId: assistant.id,
    message: question,
    ...(threadId !== undefined && { threadId }),
    deadline: '2 minutes',
  });
  const answer = await answerOf(run.workflowId);
  if (!answer) void reply.code(202);
  return { id: run.workflowId, inspect: run.inspectUrl, ...answer };
});

app.get<{ Params: { id: string } }>('/questions/:id', async (request, reply) => {
  const answer = await answerOf(request.params.id);
  if (!answer) void reply.code(202);
  return { id: request.params.id, ...answer };
});

app.delete<{ Params: { id: string } }>('/questions/:id', async (request, reply) => {
  await assistants.get(request.params.id).cancel();
  void reply.code(202);
  return { id: request.params.id };
});

app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
  if (error.statusCode !== undefined && error.statusCode < 500)
    return reply.code(error.statusCode).send({ error: error.message });
  if (error instanceof InvalidRunInputError) return reply.code(400).send({ error: error.message });
  if (error instanceof RunNotFoundError) return reply.code(404).send({ error: error.message });
  if (error instanceof AssistantRunError) return reply.code(502).send({ error: error.message, type: error.type });
  console.error(error);
  return reply.code(500).send({ error: 'Something went wrong.' });
});

const address = await app.listen({ host: '127.0.0.1', port: Number(process.env['SERVICE_PORT'] ?? 3000) });
console.log(
  `Ask it:\n  curl ${address}/questions -H 'content-type: application/json' -d '{"question":"Where is my order ORD001?"}'`,
);
