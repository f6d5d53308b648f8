import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ConfigurationError, type Config } from './config.ts';

/** Opens the API's port and returns its URL, with `/v1`. @throws {ConfigurationError} if the port is taken */
export async function listen(app: FastifyInstance, config: Config): Promise<string> {
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigurationError(`PORT=${config.port} is taken on ${config.host}. Set PORT to another one, or to 0 for any.`);
  }
  const { port } = app.server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `http://${host}:${port}/v1`;
}
