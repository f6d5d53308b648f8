import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiErrors } from '../../domain/api-errors.ts';
import { DEFAULT_PROJECT } from '../../store/database/open.ts';

/** API key → project. Empty: the server has no keys and listens on loopback only. */
export type ApiKeys = ReadonlyMap<string, string>;

declare module 'fastify' {
  interface FastifyRequest {
    projectId: string;
    /** Distinguishes API keys without revealing them; empty if there are none. */
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
  // Azure's clients send `api-key`.
  const given = /^bearer\s+(.+)$/i.exec(authorization)?.[1]?.trim() ?? (typeof apiKey === 'string' ? apiKey.trim() : '');
  if (given === '') throw apiErrors.missingApiKey();
  const hashed = digest(given);
  const match = keys.find((key) => timingSafeEqual(key.digest, hashed));
  if (!match) throw apiErrors.invalidApiKey(`${given.slice(0, 3)}***${given.length > 12 ? given.slice(-4) : ''}`);
  return match;
}

/**
 * Authenticates requests. With API keys: the request belongs to the project of its key, sent as `Authorization: Bearer` or as
 * `api-key`. Without keys: every request from this machine belongs to the default project, except those of web pages
 * (`refuseForeignPages`).
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
