import type { FastifyInstance } from 'fastify';
import { apiErrors } from '../../domain/api-errors.ts';
import { UNSUPPORTED_RESOURCES } from '../openapi/document.ts';

/** Resources of the API that this version does not serve. Their paths are known, so the response is not a 404. */
export function unbuiltRoutes(app: FastifyInstance): void {
  for (const resource of UNSUPPORTED_RESOURCES) {
    const refuse = async (): Promise<never> => {
      throw apiErrors.unsupported(`The resource /${resource}`);
    };
    // Uploads are not JSON; refuse them before their body is read.
    app.all(`/${resource}`, { onRequest: refuse }, refuse);
    app.all(`/${resource}/*`, { onRequest: refuse }, refuse);
  }
}
