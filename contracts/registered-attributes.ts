import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTE_TYPES, searchAttributes } from './search-attributes.ts';

/** How long it is believed that the attributes are not registered, in milliseconds. */
const BELIEVE_MS = 60_000;

/** Names of ours that a namespace has not registered; all of them if it cannot be asked. */
export async function missingSearchAttributes({ connection, options: { namespace } }: Client): Promise<string[]> {
  const wanted = Object.keys(SEARCH_ATTRIBUTE_TYPES);
  const registered = new Set<string>();
  // Where attributes are columns of a database they have aliases; elsewhere the operator service lists them.
  const described = await connection.workflowService.describeNamespace({ namespace }).catch(() => null);
  for (const alias of Object.values(described?.config?.customSearchAttributeAliases ?? {})) registered.add(alias);
  if (!wanted.every((name) => registered.has(name)) && 'operatorService' in connection) {
    const { operatorService } = connection as { operatorService: OperatorService };
    const listed = await operatorService.listSearchAttributes({ namespace }).catch(() => null);
    for (const name of Object.keys(listed?.customAttributes ?? {})) registered.add(name);
  }
  return wanted.filter((name) => !registered.has(name));
}

/** Registering is not enough: each server of a cluster believes for moments what it knew before, and would refuse a start. */
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

/** Whether our search attributes can be used: asked once, and again each minute while they are missing. */
export class RegisteredAttributes {
  readonly #client: Client;
  #asked: Promise<boolean> | null = null;
  #askAgainAt = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async areThere(): Promise<boolean> {
    if (this.#asked === null || Date.now() > this.#askAgainAt) {
      this.#askAgainAt = Date.now() + BELIEVE_MS;
      this.#asked = this.#ask();
    }
    return this.#asked;
  }

  async #ask(): Promise<boolean> {
    const missing = await missingSearchAttributes(this.#client);
    const usable = missing.length === 0 && (await areKnown(this.#client));
    // They are not taken away again.
    if (usable) this.#askAgainAt = Number.POSITIVE_INFINITY;
    return usable;
  }
}
