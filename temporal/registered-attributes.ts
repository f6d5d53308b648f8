import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTE_TYPES, searchAttributes } from '../contracts/search-attributes.ts';

/** How long a negative result is cached, in milliseconds. */
const RECHECK_MS = 60_000;

/** Returns our search attributes that the namespace has not registered; all of them if the check fails. */
export async function missingSearchAttributes({ connection, options: { namespace } }: Client): Promise<string[]> {
  const names = Object.keys(SEARCH_ATTRIBUTE_TYPES);
  const registered = new Set<string>();
  // If attributes are stored in SQL columns, the namespace has aliases for them; otherwise the operator service lists them.
  const described = await connection.workflowService.describeNamespace({ namespace }).catch(() => null);
  for (const alias of Object.values(described?.config?.customSearchAttributeAliases ?? {})) registered.add(alias);
  if (!names.every((name) => registered.has(name)) && 'operatorService' in connection) {
    const { operatorService } = connection as { operatorService: OperatorService };
    const listed = await operatorService.listSearchAttributes({ namespace }).catch(() => null);
    for (const name of Object.keys(listed?.customAttributes ?? {})) registered.add(name);
  }
  return names.filter((name) => !registered.has(name));
}

/**
 * Whether the server accepts the attributes. Registration is not enough: each node of a cluster caches the old state for a
 * moment, and would refuse a start.
 */
async function areKnown(client: Client): Promise<boolean> {
  try {
    await client.workflow.count(`${searchAttributes.runStatus.name} = 'queued' AND ${searchAttributes.tool.name} = 'any'`);
    return true;
  } catch {
    return false;
  }
}

interface OperatorService {
  listSearchAttributes(request: { namespace: string }): Promise<{ customAttributes?: Record<string, unknown> | null }>;
}

/** Whether our search attributes can be used. Checked once, and again each minute while they are missing. */
export class RegisteredAttributes {
  readonly #client: Client;
  #check: Promise<boolean> | null = null;
  #recheckAt = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async areUsable(): Promise<boolean> {
    if (this.#check === null || Date.now() > this.#recheckAt) {
      this.#recheckAt = Date.now() + RECHECK_MS;
      this.#check = this.#checkNow();
    }
    return this.#check;
  }

  async #checkNow(): Promise<boolean> {
    const missing = await missingSearchAttributes(this.#client);
    const usable = missing.length === 0 && (await areKnown(this.#client));
    // Registered attributes are assumed to stay registered.
    if (usable) this.#recheckAt = Number.POSITIVE_INFINITY;
    return usable;
  }
}
