import type { FastifyInstance } from 'fastify';
import { apiErrors } from '../../domain/api-error.ts';

const VERSION = /(?:^|[\s,])assistants=([^\s,]+)/;

/** The `OpenAI-Beta` header may be missing, but must not ask for another version: v1 had other names for the same things. */
export function refuseOtherVersions(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const version = VERSION.exec(String(request.headers['openai-beta'] ?? ''))?.[1];
    if (version !== undefined && version !== 'v2') throw apiErrors.otherVersion(version);
  });
}
