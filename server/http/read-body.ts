import type { Readable } from 'node:stream';
import { apiErrors } from '../../domain/api-errors.ts';

export interface ReadBodyOptions {
  /** In bytes. */
  limit: number;
  /** Maximum pause between parts of the body, in milliseconds. */
  idleMs: number;
  /** Called with each part before it is stored. If it throws, the body is refused. */
  onChunk(chunk: Buffer): void;
}

/**
 * Reads a request's body to its end.
 * @throws {ApiError} 408 after `idleMs` without data, 413 above the limit, 400 if the client disconnects
 */
export function readBody(payload: Readable, { limit, idleMs, onChunk }: ReadBodyOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const idle = setTimeout(() => end(apiErrors.bodyTimedOut(idleMs)), idleMs);
    const end = (error: Error): void => {
      clearTimeout(idle);
      payload.off('data', take).off('end', finish).off('error', gone).off('close', gone);
      // The rest of the body is discarded, so that the client can read the refusal.
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
