import type { FastifyInstance } from 'fastify';
import { apiErrors } from '../../domain/api-error.ts';

const VERSIONS = /(?:^|[\s,])assistants=([^\s,]+)/gi;

/** The `OpenAI-Beta` header may be missing, but must not ask for another version: v1 had other names for the same things. */
export function refuseOtherVersions(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const header = String(request.headers['openai-beta'] ?? '');
    const versions = [...header.matchAll(VERSIONS)].map(([, version]) => version!.toLowerCase());
    if (versions.length > 0 && !versions.includes('v2')) throw apiErrors.otherVersion(versions[0]!);
  });
}
