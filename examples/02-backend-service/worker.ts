/** The worker: a process of its own, as many as you like. It does the waiting and runs the tools. */
import { createWorker } from 'durable-assistants/worker';
import { queryOrder } from './tools.ts';

const worker = await createWorker({ tools: [queryOrder] });
console.log('The worker polls for runs. Ctrl-C ends it.');
await worker.run();
