import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { OpenApiDocument, Schema } from '../../../server/openapi/document.ts';

/** One answer of the API, as it was on the wire. */
export interface Answer {
  method: string;
  /** As in the description: `/threads/{thread_id}`. */
  path: string;
  status: number;
  body: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Answers may hold nothing that is not described: what says `properties` and does not allow others is closed. */
function close(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(close);
  if (!isObject(node)) return node;
  const closed = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]));
  const open = 'additionalProperties' in node || 'allOf' in node || 'anyOf' in node || 'oneOf' in node;
  if (isObject(node['properties']) && !open) closed['additionalProperties'] = false;
  return closed;
}

/** `/v1/threads/:thread_id` as the description writes it. */
export const describedPath = (route: string): string => route.replace(/^\/v1/, '').replaceAll(/:(\w+)/g, '{$1}');

/** Judges answers by a description. */
export class ContractValidator {
  readonly #document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
    const schemas = close(document.components.schemas) as Record<string, Schema>;
    this.#ajv.addSchema({ $id: 'api', components: { schemas } });
  }

  #schemaOf({ method, path, status }: Answer): string | null {
    const operation = this.#document.paths[path]?.[method.toLowerCase()];
    if (!operation) return null;
    if (status >= 400) return '#/components/schemas/ErrorResponse';
    const response = operation.responses[String(status)] as
      | { content?: Record<string, { schema?: { $ref?: string } }> }
      | undefined;
    return response?.content?.['application/json']?.schema?.$ref ?? `nothing is described for ${method} ${path} ${status}`;
  }

  /** What is wrong with an answer; empty if nothing is, null if its path is not in the description. */
  problems(answer: Answer): string[] | null {
    const ref = this.#schemaOf(answer);
    if (ref === null) return null;
    if (!ref.startsWith('#')) return [ref];
    const validate = this.#compiled.get(ref) ?? this.#ajv.compile({ $ref: `api${ref}` });
    this.#compiled.set(ref, validate);
    if (validate(answer.body)) return [];
    const where = `${answer.method} ${answer.path} ${answer.status}`;
    return (validate.errors ?? []).map(
      (error) => `${where}: ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
    );
  }
}
