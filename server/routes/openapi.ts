import type { FastifyInstance } from 'fastify';
import { servedDocument, type OpenApiDocument } from '../openapi/document.ts';

/** The description of what is served, for tools and people; made once, when it is first asked for. */
export function openApiRoute(app: FastifyInstance, version: string): void {
  let document: Promise<OpenApiDocument> | undefined;
  app.get('/openapi.json', async () => {
    document ??= servedDocument(version);
    return document;
  });
}
