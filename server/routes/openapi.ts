import type { FastifyInstance } from 'fastify';
import { servedDocument, type OpenApiDocument } from '../openapi/document.ts';

/** Serves the OpenAPI document for tools and people. It is built once, on the first request. */
export function openApiRoute(app: FastifyInstance, version: string): void {
  let document: Promise<OpenApiDocument> | undefined;
  app.get('/openapi.json', async () => {
    document ??= servedDocument(version);
    return document;
  });
}
