import type { Readable } from 'node:stream';
import { apiErrors } from '../../domain/api-error.ts';

export interface ReadBodyOptions {
  /** In bytes. */
  limit: number;
  /** Longest silence of the client, in milliseconds. */
  idleMs: number;
  /** Called with each part before it is kept. What it throws refuses the body. */
  onChunk(chunk: Buffer): void;
}

/**
 * Reads a request's body to its end.
 * @throws {ApiError} 408 after a silence, 413 past the limit, 400 if the client goes away
 */
export function readBody(payload: Readable, { limit, idleMs, onChunk }: ReadBodyOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const idle = setTimeout(() => end(apiErrors.bodyTimedOut(idleMs)), idleMs);
    const end = (error: Error): void => {
      clearTimeout(idle);
      payload.off('data', take).off('end', finish).off('error', gone).off('close', gone);
      // What still comes is thrown away, so that the refusal can be read.
      payload.on('error', () => {}).resume();
      chunks.length = 0;
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      idle.refresh();
      size += chunk.length;
      if (size > limit) return end(apiErrors.bodyTooLarge(limit));
      try {
        onChunk(chunk);
      } catch (error) {
        return end(error as Error);
      }
      chunks.push(chunk);
    };
    const finish = (): void => {
      clearTimeout(idle);
      payload.off('close', gone);
      resolve(Buffer.concat(chunks, size));
    };
    const gone = (): void => end(apiErrors.bodyBrokenOff());
    payload.on('data', take).once('end', finish).once('error', gone).once('close', gone);
  });
}
