/** A conversation: messages that come while the assistant is speaking wait for their turn. */
import { local } from '../local.ts';

await local('conversation', [], async ({ assistants, assistantId }) => {
  // A thread id, or a key of yours: the customer's number, a chat room.
  const session = assistants.session(`customer-${Date.now()}`, { idle: '10 minutes' });

  const first = await session.ask('Hello!', { assistantId });
  const second = await session.ask('Where is my parcel?', { assistantId });
  const third = await session.ask('Never mind.', { assistantId });
  console.log(`behind ${first.position}, ${second.position} and ${third.position} others`);

  // As long as a message is queued it can be edited or withdrawn.
  await third.run.edit('Never mind, it has just come.').catch((error: Error) => console.log(error.message));

  for (const { run } of [first, second, third]) console.log((await run.result()).reply?.text);
  await session.cancel();
});
