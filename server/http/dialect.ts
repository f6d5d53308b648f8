import type { FastifyInstance } from 'fastify';
import { apiErrors } from '../../domain/api-errors.ts';
import { azureVersion } from './azure.ts';
import { v1Answer } from './v1-answers.ts';
import { v1Request } from './v1-requests.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The version of the Assistants API that the caller uses. */
    dialect: 'v1' | 'v2';
  }
}

const VERSIONS = /(?:^|[\s,])assistants=([^\s,]+)/gi;

/**
 * The version in the `OpenAI-Beta` header; v2 if the header is missing.
 * @throws {ApiError} 400 for a version that never existed
 */
function headerVersion(header: string): 'v1' | 'v2' {
  const versions = [...header.matchAll(VERSIONS)].map(([, version]) => version!.toLowerCase());
  if (versions.length === 0 || versions.includes('v2')) return 'v2';
  if (versions.includes('v1')) return 'v1';
  throw apiErrors.otherVersion(versions[0]!);
}

/**
 * Accepts callers of Assistants v1 and v2. Routes implement v2 only: v1 requests are translated before the route, and responses
 * after it (except streams, which call `v1Json` themselves).
 */
export function translateDialects(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const header = headerVersion(String(request.headers['openai-beta'] ?? ''));
    const { 'api-version': apiVersion } = request.query as Record<string, unknown>;
    request.dialect = azureVersion(request.originalUrl, apiVersion) ?? header;
  });
  app.addHook('preValidation', async (request) => {
    if (request.dialect === 'v1' && request.body !== undefined) request.body = v1Request(request.body);
  });
  app.addHook('preSerialization', async (request, _reply, payload) => (request.dialect === 'v1' ? v1Answer(payload) : payload));
}
