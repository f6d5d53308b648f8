import { connect, type Assistants } from '../client/connect.ts';
import { endpointFrom, type EndpointOptions } from '../contracts/endpoint-options.ts';
import { readConfig, type Config } from './config.ts';
import { findService, type ServicePlace } from './embedded/service-file.ts';

/** Where Temporal and the endpoint are: as set, else the service that runs in DATA_DIR. */
export async function findPlaces(config: Config): Promise<{
  address: string | undefined;
  endpoint: EndpointOptions;
  service: ServicePlace | null;
}> {
  const service = await findService(config.dataDir);
  const baseUrl = config.assistants.baseUrl ?? service?.apiUrl;
  // A key of this server is nothing for an endpoint of somebody else.
  const own = config.assistants.baseUrl === undefined ? config.apiKeys.keys().next().value : undefined;
  const apiKey = config.assistants.apiKey ?? own;
  const endpoint = endpointFrom({ ...(baseUrl !== undefined && { baseUrl }), ...(apiKey !== undefined && { apiKey }) });
  return { address: config.temporal.address ?? service?.temporalAddress, endpoint, service };
}

/** Does something with orchestrated runs, wherever Temporal is. */
export async function withAssistants(work: (assistants: Assistants) => Promise<void>): Promise<void> {
  const config = readConfig();
  const { address, endpoint, service } = await findPlaces(config);
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
