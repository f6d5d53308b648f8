import OpenAI from 'openai';
import { eventsBehind } from './events-behind.ts';

const baseURL = process.env['ASSISTANTS_BASE_URL'] ?? 'http://127.0.0.1:8080/v1';
const openai = new OpenAI({ baseURL, apiKey: process.env['ASSISTANTS_API_KEY'] ?? 'none' });
const { beta } = openai;
const assistant = await beta.assistants.create({ model: 'gpt-4o', instructions: 'Answer in one sentence.' });
const question = { role: 'user' as const, content: 'What is a prime number?' };

// As programs for the hosted API have it.
const thread = await beta.threads.create({ messages: [question] });
const stream = beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
stream.on('textDelta', ({ value }) => process.stdout.write(value ?? ''));
const run = await stream.finalRun();
console.log(`\n${run.status}`);

// With numbers, so that a reader whose connection broke can come back.
const raw = await beta.threads.createAndRun(
  { assistant_id: assistant.id, thread: { messages: [question] }, stream: true },
  { headers: { 'Last-Event-ID': '0' } },
);
let words = '';
let events = 0;
let place = { thread: '', run: '' };
for await (const event of raw) {
  events += 1;
  if (event.event === 'thread.run.created') place = { thread: event.data.thread_id, run: event.data.id };
  if (event.event !== 'thread.message.delta') continue;
  const [part] = event.data.delta.content ?? [];
  words += part?.type === 'text' ? (part.text?.value ?? '') : '';
  if (words.trim().split(' ').length === 3) break; // The connection is closed; the run goes on.
}
console.log(`${words} …`);
// Events are numbered from 1 without gaps, so their count is the number of the last one.
for await (const event of eventsBehind(`${baseURL}/threads/${place.thread}/runs/${place.run}/events`, events)) {
  if (event.name === 'thread.message.delta') words += event.data.delta.content[0]!.text.value;
}
console.log(words);
await beta.assistants.delete(assistant.id);
