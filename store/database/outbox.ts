import { nanoid } from 'nanoid';
import { sql, type Kysely } from 'kysely';
import type { OutboxCommand, WorkflowCommand } from '../../contracts/outbox-command.ts';
import type { OutgoingRow } from './commits.ts';
import type { TransactionContext } from './context.ts';
import type { Database, OutboxRow } from './tables.ts';
import type { Store } from './open.ts';

/** Back-off between attempts at one row, in milliseconds. It doubles each time, up to the longest. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5_000;
/** After this many attempts, about five minutes, a row counts as failing. */
export const FAILING_ATTEMPTS = 60;

function columnsOf(command: OutboxCommand): Pick<OutboxRow, 'action' | 'workflow_type' | 'workflow_id' | 'job' | 'arguments'> {
  if (command.action === 'job') {
    const { action, job, args } = command;
    return { action, workflow_type: null, workflow_id: null, job, arguments: { args } };
  }
  const { action, workflowType, workflowId, args, signal } = command;
  return { action, workflow_type: workflowType, workflow_id: workflowId, job: null, arguments: { args, signal } };
}

/** The command that a row holds. */
export function commandOf(row: OutgoingRow): OutboxCommand {
  const { args, signal = '' } = row.arguments;
  if (row.action === 'job') return { action: 'job', job: row.job ?? '', args };
  const { action, workflow_type: workflowType, workflow_id: workflowId } = row;
  return { action, workflowType: workflowType ?? '', workflowId: workflowId ?? '', args, signal } satisfies WorkflowCommand;
}

/**
 * Builds the row of a command that is carried out outside the database. The caller inserts the row in its transaction. A
 * process with a sender carries the command out right after its commit. Other processes take the row only if it is still there
 * a moment later.
 */
export function outboxRow(tx: TransactionContext, command: OutboxCommand) {
  const row: OutgoingRow = { id: nanoid(), project_id: tx.projectId, ...columnsOf(command) };
  tx.committing.outgoing.push(row);
  const untilOthersMs = tx.sendsOutbox ? FIRST_RETRY_MS : 0;
  const nextAttemptAt = new Date(tx.now.getTime() + untilOthersMs);
  return { ...row, arguments: JSON.stringify(row.arguments), created_at: tx.now, next_attempt_at: nextAttemptAt };
}

export async function enqueue(tx: TransactionContext, command: OutboxCommand): Promise<void> {
  await tx.db.insertInto('outbox').values(outboxRow(tx, command)).execute();
}

/**
 * Takes due rows, for one attempt at each. A row that is not deleted afterwards becomes due again, so nothing is lost if the
 * process dies meanwhile. Rows that another process is taking are skipped.
 */
export async function takeDue({ db, clock }: Pick<Store, 'db' | 'clock'>, limit: number): Promise<OutboxRow[]> {
  return db
    .updateTable('outbox')
    .set((eb) => ({
      attempts: eb('attempts', '+', 1),
      next_attempt_at: sql<Date>`${clock.sqlNow()}
        + make_interval(secs => least(${FIRST_RETRY_MS} * power(2, least(attempts, 20)), ${LONGEST_RETRY_MS}) / 1000.0)`,
    }))
    .where((eb) =>
      eb(
        'id',
        'in',
        eb
          .selectFrom('outbox')
          .select('id')
          .where('next_attempt_at', '<=', clock.sqlNow())
          .orderBy('next_attempt_at')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      ),
    )
    .returningAll()
    .execute();
}

export async function deleteSent(db: Kysely<Database>, ids: readonly string[]): Promise<void> {
  await db
    .deleteFrom('outbox')
    .where('id', '=', sql<string>`any(${ids})`)
    .execute();
}
