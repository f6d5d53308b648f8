import { connect, type Assistants } from '../client/connect.ts';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import { endpointFrom } from '../environment/endpoint.ts';
import { readConfig, type Config } from './config.ts';
import { findService, type RunningService } from './service-file.ts';

/** Finds Temporal and the endpoint: those of the settings, else those of the service that runs in DATA_DIR. */
export async function findServices(config: Config): Promise<{
  address: string | undefined;
  endpoint: EndpointOptions;
  service: RunningService | null;
}> {
  const service = await findService(config.dataDir);
  const baseUrl = config.assistants.baseUrl ?? service?.apiUrl;
  // The API keys of this server must not be sent to another endpoint.
  const ownKey = config.assistants.baseUrl === undefined ? config.apiKeys.keys().next().value : undefined;
  const apiKey = config.assistants.apiKey ?? ownKey;
  const endpoint = endpointFrom({ ...(baseUrl !== undefined && { baseUrl }), ...(apiKey !== undefined && { apiKey }) });
  return { address: config.temporal.address ?? service?.temporalAddress, endpoint, service };
}

/** Connects to Temporal as {@link findServices} finds it, calls `work`, and closes the connection. */
export async function withAssistants(work: (assistants: Assistants) => Promise<void>): Promise<void> {
  const config = readConfig();
  const { address, endpoint, service } = await findServices(config);
  const { apiKey } = config.temporal;
  const assistants = await connect({
    endpoint,
    ...(address !== undefined && { address }),
    ...(apiKey !== undefined && { apiKey }),
    ...(service?.uiUrl && { uiUrl: service.uiUrl }),
  });
  try {
    await work(assistants);
  } finally {
    await assistants.close();
  }
}
