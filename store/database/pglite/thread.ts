/**
 * The worker thread of the embedded database. A slow statement here does not block the process' event loop. The thread receives
 * Postgres' wire protocol in messages and answers in it, so the pg library parses all results and errors.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** Version 3.0 of the protocol, as the first message of a connection states it. */
const PROTOCOL_VERSION = 196_608;
const TERMINATE = 0x58;

const { dataDirectory } = workerData as ThreadData;
const post = (message: FromThread, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(message, transfer);

const isStartup = (bytes: Uint8Array): boolean =>
  bytes.length >= 8 && new DataView(bytes.buffer, bytes.byteOffset).getInt32(4) === PROTOCOL_VERSION;

const database = await (dataDirectory === null ? PGlite.create() : PGlite.create(dataDirectory));

async function answer(connection: number, bytes: Uint8Array): Promise<void> {
  // All connections share one session. A new connection must not inherit the previous one's transaction, statements or
  // settings.
  if (isStartup(bytes)) {
    await database.exec('rollback');
    await database.exec('discard all');
  }
  // Closing a connection must not close the session.
  if (bytes[0] === TERMINATE) return;
  // Not `execProtocolRaw`: it keeps every row that it has ever returned (PGlite 0.5).
  const parts: Uint8Array[] = [];
  await database.execProtocolRawStream(bytes, {
    // `part` is a view of the database's memory and valid only during this call.
    onRawData: (part) => parts.push(part.slice()),
  });
  const answered = new Uint8Array(Buffer.concat(parts));
  post({ kind: 'answer', connection, bytes: answered }, [answered.buffer]);
}

let queue = Promise.resolve();
parentPort!.on('message', (message: ToThread) => {
  queue = queue.then(async () => {
    if (message.kind === 'request') return answer(message.connection, message.bytes);
    await database.close();
    process.exit();
  });
});
post({ kind: 'ready' });
