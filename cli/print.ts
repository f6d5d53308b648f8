import { inspect } from 'node:util';
import pc from 'picocolors';
import { EndpointError } from '../contracts/endpoint-options.ts';
import { TemporalNamespaceError, TemporalUnreachableError } from '../temporal/unreachable.ts';
import { AssistantRunError, DecisionError, InvalidRunInputError, NoWorkerError, RunNotFoundError } from '../client/errors.ts';
import { DirectoryInUseError } from '../store/database/pglite/directory-lock.ts';
import { NewerSchemaError, ChangedSchemaError } from '../store/database/migrate.ts';
import { ToolDefinitionError } from '../tools/define-tool.ts';
import { ConfigurationError } from '../programs/config.ts';
import { DatabaseUnreachableError } from '../programs/store.ts';
import { TemporalStartError } from '../embedded/temporal/dev-server.ts';
import { TemporalNotFoundError } from '../embedded/temporal/provide.ts';

/** Errors whose message tells a person what to do. They are printed without a stack. */
const FOR_PEOPLE = [
  AssistantRunError,
  ConfigurationError,
  DatabaseUnreachableError,
  DecisionError,
  DirectoryInUseError,
  InvalidRunInputError,
  NewerSchemaError,
  ChangedSchemaError,
  NoWorkerError,
  RunNotFoundError,
  EndpointError,
  TemporalNamespaceError,
  TemporalNotFoundError,
  TemporalStartError,
  TemporalUnreachableError,
  ToolDefinitionError,
];

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints an indented table of names and values. */
export function printTable(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) printLine(`  ${pc.dim(name.padEnd(width))}  ${value}`);
}

/** Prints an error: a user's mistake as its message alone, anything else with its stack. */
export function printError(error: unknown): void {
  const forPeople = FOR_PEOPLE.some((kind) => error instanceof kind);
  const text = forPeople && error instanceof Error ? error.message : inspect(error);
  process.stderr.write(`${pc.red('error')} ${text}\n`);
}
