import { differences, hostedDocument, isUnbuilt, differencesOf } from '../server/openapi/document.ts';

const row = (...cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = (head: string[], rows: string[][]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => row(...cells));

function becomes(schema: 'absent' | Record<string, unknown>): string {
  if (schema === 'absent') return 'left out';
  if (typeof schema['$ref'] === 'string') return `\`${schema['$ref'].split('/').at(-1)}\``;
  const type = [schema['type']].flat().join(' or ');
  const [least, most] = [schema['minimum'], schema['maxItems']];
  const bounds = [typeof least === 'number' ? `from ${least}` : '', typeof most === 'number' ? `up to ${most}` : ''];
  return [type, ...bounds].filter((text) => text !== '').join(', ');
}

/** Returns docs/reference/api-coverage.md: the hosted API's operations, and everything in which this server differs from it. */
export async function apiCoverage(): Promise<string> {
  const [{ paths }, differing] = await Promise.all([hostedDocument(), differences()]);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      operationId,
      line: `\`${method.toUpperCase()} ${path}\``,
      served: !isUnbuilt(path),
    })),
  );
  const served = operations.filter((operation) => operation.served).length;
  return [
    '# API coverage',
    '',
    '<!-- Written by `npm run docs` from server/openapi/. A test fails when it is not what that writes. -->',
    '',
    `Of the ${operations.length} operations of the Assistants API v2, ${served} are served; ${operations.length - served} answer 400 \`unsupported_feature\`. A server describes its answers at \`/openapi.json\`, where operations that are not built are marked.`,
    '',
    '## Operations',
    '',
    ...table(
      ['operation', 'request', 'state'],
      operations.map(({ operationId, line, served }) => [`\`${operationId}\``, line, served ? 'served' : 'not built: 400']),
    ),
    '',
    '## What requests may not ask for',
    '',
    'Refused fields are a 400 `unsupported_feature`, and nothing is written. Ignored ones are taken and have no effect.',
    '',
    ...table(
      ['field', 'where', 'state', 'why'],
      differing.requests.map(({ field, where, state, why }) => [field, where, state, why]),
    ),
    '',
    '## What requests may hold beyond the description',
    '',
    ...table(
      ['schema', 'property', 'here', 'why'],
      differencesOf(differing.accepted).map(({ schema, property, becomes: change, why }) => [
        `\`${schema}\``,
        `\`${property}\``,
        becomes(change),
        why,
      ]),
    ),
    '',
    "## Where answers differ from the hosted API's description",
    '',
    'The description and the wire disagree in places; answers here are as recorded from the hosted API.',
    '',
    ...table(
      ['schema', 'property', 'here', 'why'],
      differencesOf(differing.responses).map(({ schema, property, becomes: change, why }) => [
        `\`${schema}\``,
        `\`${property}\``,
        becomes(change),
        why,
      ]),
    ),
    '',
    '## Behaviour',
    '',
    ...table(
      ['topic', 'here', 'hosted API'],
      differing.behaviour.map(({ topic, here, there }) => [topic, here, there]),
    ),
    '',
  ].join('\n');
}
