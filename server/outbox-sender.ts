import type { FastifyBaseLogger } from 'fastify';
import pLimit from 'p-limit';
import type { OutboxCommand } from '../contracts/outbox-command.ts';
import type { OutgoingRow } from '../store/database/commits.ts';
import type { Store } from '../store/database/open.ts';
import { commandOf, deleteSent, takeDue } from '../store/database/outbox.ts';
import { attempt } from './attempt.ts';
import type { Workflows } from './workflows.ts';

/** Work that needs no workflow, by job name. It may be called more than once for the same row. */
export type Jobs = Readonly<Record<string, (projectId: string, args: readonly unknown[]) => Promise<void>>>;

export interface OutboxSenderOptions {
  store: Store;
  workflows: Workflows;
  jobs?: Jobs;
  log: Pick<FastifyBaseLogger, 'warn' | 'error'>;
}

const POLL_MS = 1_000;
const BATCH = 50;
/** Commands that are sent concurrently; after an outage there may be thousands. */
const CONCURRENCY = 50;
/** Sent rows are deleted in batches after this delay, in milliseconds. Until then a row may be sent twice, which is harmless. */
const DELETE_AFTER_MS = 20;

/**
 * Sends the commands of the outbox. Commands that this process writes are sent right after the commit; once a second it also
 * sends commands that are still due, from any process. Every API process has one sender; each row is claimed by one sender at a
 * time.
 */
export class OutboxSender {
  readonly #store: Store;
  readonly #workflows: Workflows;
  readonly #jobs: Jobs;
  readonly #log: OutboxSenderOptions['log'];
  readonly #limit = pLimit(CONCURRENCY);
  readonly #sending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #sent: string[] = [];
  #deleting: NodeJS.Timeout | undefined;
  #polling: Promise<void> | null = null;
  #removeSender = (): void => {};
  #stopped = false;

  constructor({ store, workflows, jobs = {}, log }: OutboxSenderOptions) {
    this.#store = store;
    this.#workflows = workflows;
    this.#jobs = jobs;
    this.#log = log;
  }

  start(): void {
    this.#removeSender = this.#store.commits.addSender((rows) => void this.#sendAll(rows));
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
    this.#poll();
  }

  async #sendAll(rows: readonly OutgoingRow[]): Promise<void> {
    await Promise.all(
      rows.map(async (row) => {
        const sending = this.#limit(() => this.#send(row)).finally(() => this.#sending.delete(sending));
        this.#sending.add(sending);
        await sending;
      }),
    );
  }

  async #send(row: OutgoingRow): Promise<void> {
    try {
      await this.#carryOut(row.project_id, commandOf(row));
    } catch (error) {
      // The row stays in the outbox and becomes due again.
      const { action, workflow_id: workflowId, job } = row;
      this.#log.warn({ err: error, action, workflowId, job }, 'An outbox command failed; it is retried');
      return;
    }
    this.#sent.push(row.id);
    this.#deleting ??= setTimeout(() => void this.#deleteSent(), DELETE_AFTER_MS);
  }

  async #carryOut(projectId: string, command: OutboxCommand): Promise<void> {
    switch (command.action) {
      case 'start':
        return this.#workflows.start(command);
      case 'signal':
        return this.#workflows.signal(command);
      case 'signal_with_start':
        return this.#workflows.signalWithStart(command);
      case 'job': {
        const job = this.#jobs[command.job];
        if (!job) throw new Error(`This version knows no job ${command.job}.`);
        return job(projectId, command.args);
      }
      default:
        // Written by a later version. The row must stay for a process that knows it.
        throw new Error(`This version knows no action ${(command as { action: string }).action}.`);
    }
  }

  async #deleteSent(): Promise<void> {
    clearTimeout(this.#deleting);
    this.#deleting = undefined;
    const ids = this.#sent;
    this.#sent = [];
    if (ids.length > 0) await this.#attempt('clear the outbox', () => deleteSent(this.#store.db, ids));
  }

  #poll(): void {
    this.#polling ??= this.#sendDue().finally(() => {
      this.#polling = null;
    });
  }

  async #sendDue(): Promise<void> {
    for (let full = true; full && !this.#stopped;) {
      const due = await this.#attempt('read the outbox', () => takeDue(this.#store, BATCH));
      await this.#sendAll(due ?? []);
      full = due?.length === BATCH;
    }
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    return attempt(what, work, (fields, message) => this.#stopped || this.#log.error(fields, message));
  }

  /** Claims no more rows, and waits until the current commands are done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#removeSender();
    clearInterval(this.#timer);
    await this.#polling;
    await Promise.all(this.#sending);
    await this.#deleteSent();
  }
}
