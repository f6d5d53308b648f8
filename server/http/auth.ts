import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiErrors } from '../../domain/api-error.ts';
import { DEFAULT_PROJECT } from '../../store/open.ts';

/** API key → project. Empty: no keys, loopback only. */
export type ApiKeys = ReadonlyMap<string, string>;

declare module 'fastify' {
  interface FastifyRequest {
    projectId: string;
    /** Tells API keys apart without being one; empty where there are none. */
    keyId: string;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

interface KnownKey {
  digest: Buffer;
  projectId: string;
}

function keyOf(keys: readonly KnownKey[], request: FastifyRequest): KnownKey {
  const { authorization = '', 'api-key': apiKey } = request.headers;
  // The second is what Azure's clients send.
  const given = /^bearer\s+(.+)$/i.exec(authorization)?.[1]?.trim() ?? (typeof apiKey === 'string' ? apiKey.trim() : '');
  if (given === '') throw apiErrors.missingApiKey();
  const hashed = digest(given);
  const match = keys.find((key) => timingSafeEqual(key.digest, hashed));
  if (!match) throw apiErrors.invalidApiKey(`${given.slice(0, 3)}***${given.length > 12 ? given.slice(-4) : ''}`);
  return match;
}

/**
 * Who asks. With keys: the project of the key, sent as `Authorization: Bearer` or as `api-key`. Without: everybody on this machine, web pages excepted
 * (`refuseForeignPages`), is the default project.
 */
export function authenticate(app: FastifyInstance, apiKeys: ApiKeys): void {
  const keys = [...apiKeys].map(([key, projectId]) => ({ digest: digest(key), projectId }));
  app.addHook('onRequest', async (request) => {
    if (keys.length > 0) {
      const key = keyOf(keys, request);
      request.projectId = key.projectId;
      request.keyId = key.digest.toString('base64');
      return;
    }
    request.projectId = DEFAULT_PROJECT;
  });
}
