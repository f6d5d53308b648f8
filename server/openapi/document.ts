import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** The parts of a JSON Schema that this module reads. */
export interface Schema {
  properties?: Record<string, unknown>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  [key: string]: unknown;
}

export interface Operation {
  operationId: string;
  summary?: string;
  responses: Record<string, unknown>;
  [key: string]: unknown;
}

export interface OpenApiDocument {
  info: Record<string, unknown>;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
  [key: string]: unknown;
}

const oneOrMore = z.union([z.string().transform((name) => [name]), z.array(z.string())]);

const PropertyDifference = z.strictObject({
  schema: oneOrMore,
  property: oneOrMore,
  becomes: z.union([z.literal('absent'), z.record(z.string(), z.unknown())]),
  why: z.string(),
});
type PropertyDifferences = z.infer<typeof PropertyDifference>[];

const Differences = z.strictObject({
  responses: z.array(PropertyDifference),
  accepted: z.array(PropertyDifference),
  requests: z.array(
    z.strictObject({
      field: z.string(),
      state: z.enum(['refused', 'ignored']),
      where: z.string(),
      why: z.string(),
      example: z.strictObject({ path: z.string(), body: z.record(z.string(), z.unknown()).optional() }),
    }),
  ),
  behaviour: z.array(z.strictObject({ topic: z.string(), here: z.string(), there: z.string() })),
});
export type Differences = z.infer<typeof Differences>;

/** A property of a schema that differs from the hosted API's OpenAPI document. */
interface SchemaDifference {
  schema: string;
  property: string;
  becomes: 'absent' | Record<string, unknown>;
  why: string;
}

async function load(name: string): Promise<unknown> {
  return parse(await readFile(new URL(name, import.meta.url), 'utf8'));
}

/** The hosted API's own OpenAPI document, unchanged. */
export const hostedDocument = async (): Promise<OpenApiDocument> => (await load('./assistants.yaml')) as OpenApiDocument;

export const differences = async (): Promise<Differences> => Differences.parse(await load('./differences.yaml'));

/** Expands each entry into one difference per schema and property. */
export function differencesOf(list: PropertyDifferences): SchemaDifference[] {
  return list.flatMap(({ schema, property, becomes, why }) =>
    schema.flatMap((name) => property.map((key) => ({ schema: name, property: key, becomes, why }))),
  );
}

/** The object schema, which may be wrapped in a union with null. */
function objectIn(schema: Schema): Schema {
  if (schema.properties) return schema;
  return (schema.anyOf ?? schema.oneOf ?? []).find((branch) => branch.properties) ?? schema;
}

/**
 * Applies differences to the document's schemas: `given` for what this server accepts (whether the property is required stays as it
 * is), `sent` for what it returns (the property becomes required).
 */
export function applyDifferences(
  document: OpenApiDocument,
  list: readonly SchemaDifference[],
  direction: 'given' | 'sent',
): void {
  for (const { schema: name, property, becomes } of list) {
    const schema = document.components.schemas[name];
    if (!schema) throw new Error(`differences.yaml names the schema ${name}, which is not there`);
    const object = objectIn(schema);
    const required = new Set(object.required);
    const properties = { ...object.properties };
    if (becomes === 'absent') {
      delete properties[property];
      required.delete(property);
    } else {
      properties[property] = becomes;
      if (direction === 'sent') required.add(property);
    }
    object.properties = properties;
    object.required = [...required];
  }
}

const ERROR_ANSWER = {
  description: 'An error in the envelope of the API.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorResponse' } } },
};

/** Path prefixes of resources that this version does not serve: their operations return 400 `unsupported_feature`. */
export const UNSUPPORTED_RESOURCES = ['files', 'uploads', 'vector_stores'] as const;

export const isUnbuilt = (path: string): boolean => UNSUPPORTED_RESOURCES.some((resource) => path.split('/')[1] === resource);

/**
 * The OpenAPI document of this server: the hosted API's document with our differences, an error response for each operation, and
 * `x-durable-assistants: refused` on operations that are not built.
 */
export async function servedDocument(version: string): Promise<OpenApiDocument> {
  const [document, differing] = await Promise.all([hostedDocument(), differences()]);
  applyDifferences(document, differencesOf(differing.responses), 'sent');
  applyDifferences(document, differencesOf(differing.accepted), 'given');
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations)) {
      operation.responses = isUnbuilt(path) ? { default: ERROR_ANSWER } : { ...operation.responses, default: ERROR_ANSWER };
      if (isUnbuilt(path)) operation['x-durable-assistants'] = 'refused';
    }
  }
  document.info = {
    title: 'durable-assistants: Assistants API v2',
    version,
    description: "What this server answers: OpenAI's description of the hosted API (MIT) with our differences from it.",
  };
  document.servers = [{ url: '/v1' }];
  return document;
}
