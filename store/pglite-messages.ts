/** What the thread of the embedded database is started with. */
export interface ThreadData {
  /** Null: in memory. */
  dataDirectory: string | null;
}

/** Bytes of Postgres' protocol, by the connection they belong to. */
interface ProtocolBytes {
  connection: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export type ToThread = ({ kind: 'request' } & ProtocolBytes) | { kind: 'close' };
export type FromThread = { kind: 'ready' } | ({ kind: 'answer' } & ProtocolBytes);
