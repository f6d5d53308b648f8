/** The worker data of the embedded database's thread. */
export interface ThreadData {
  /** Null: in memory. */
  dataDirectory: string | null;
}

/** Bytes of Postgres' wire protocol, and the connection that they belong to. */
interface ProtocolBytes {
  connection: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export type ToThread = ({ kind: 'request' } & ProtocolBytes) | { kind: 'close' };
export type FromThread = { kind: 'ready' } | ({ kind: 'answer' } & ProtocolBytes);
