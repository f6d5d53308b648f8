/** Asks an assistant whose tool is done by a worker in Python. */
import { local } from '../local.ts';
import { wordCount } from './tools.ts';

await local('python', [wordCount], async ({ assistants, assistantId }) => {
  const run = await assistants.start({ assistantId, message: 'Please count these five words.', deadline: '1 minute' });
  console.log((await run.result()).reply?.text);
});
