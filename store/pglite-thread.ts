/**
 * The thread in which the embedded database runs: a statement that takes its time holds up nobody but those that wait for the
 * database. It takes Postgres' wire protocol as messages and answers in it, so results and errors are whatever the pg library
 * makes of those bytes.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { FromThread, ThreadData, ToThread } from './pglite-messages.ts';

/** Code 3.0 of the protocol, which the first message of a connection carries. */
const PROTOCOL_VERSION = 196_608;
const TERMINATE = 0x58;

const { dataDirectory } = workerData as ThreadData;
const post = (message: FromThread, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(message, transfer);

const isStartup = (bytes: Uint8Array): boolean =>
  bytes.length >= 8 && new DataView(bytes.buffer, bytes.byteOffset).getInt32(4) === PROTOCOL_VERSION;

const database = await (dataDirectory === null ? PGlite.create() : PGlite.create(dataDirectory));

async function answer(connection: number, bytes: Uint8Array): Promise<void> {
  // There is one session for all connections: the next one must not find the last one's transaction, statements or settings.
  if (isStartup(bytes)) {
    await database.exec('rollback');
    await database.exec('discard all');
  }
  // The end of a connection is not the end of the session.
  if (bytes[0] === TERMINATE) return;
  // Not `execProtocolRaw`, which keeps every row that it has ever answered with (PGlite 0.5).
  const parts: Uint8Array[] = [];
  await database.execProtocolRawStream(bytes, {
    // A view of the database's own memory, good for this moment only.
    onRawData: (part) => parts.push(part.slice()),
  });
  const answered = new Uint8Array(Buffer.concat(parts));
  post({ kind: 'answer', connection, bytes: answered }, [answered.buffer]);
}

let working = Promise.resolve();
parentPort!.on('message', (message: ToThread) => {
  working = working.then(async () => {
    if (message.kind === 'request') return answer(message.connection, message.bytes);
    await database.close();
    process.exit();
  });
});
post({ kind: 'ready' });
