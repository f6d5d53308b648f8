import { setTimeout as delay } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';

/** How long connections that were asked to end may take, in milliseconds. */
const END_MS = 10_000;
const POLL_MS = 50;

const postgres = process.env.TEST_DATABASE_URL;
const postgresPort = postgres ? Number(new URL(postgres).port || 5432) : null;

/** Connections to the Postgres of the tests. Node has no public list of connections. */
const postgresConnections = () =>
  postgresPort === null ? 0 : process['_getActiveHandles']().filter(({ remotePort }) => remotePort === postgresPort).length;

/** Fails a test file that prints, or that leaves a database open. */
export default class StrictEnvironment extends TestEnvironment {
  #connectionsBefore = 0;
  #printed = '';
  #restore = [];
  #hookFailed = false;

  #watch(object, name) {
    const original = object[name];
    object[name] = (...args) => {
      this.#printed += `${args[0]}\n`;
      return original.apply(object, args);
    };
    this.#restore.push(() => {
      object[name] = original;
    });
  }

  async setup() {
    await super.setup();
    this.#connectionsBefore = postgresConnections();
    this.#watch(process.stdout, 'write');
    this.#watch(process.stderr, 'write');
    for (const name of ['debug', 'error', 'info', 'log', 'warn']) this.#watch(this.global.console, name);
  }

  /** Called by Jest. What a failed hook leaves open is no news, and must not hide its error. */
  handleTestEvent({ name }) {
    if (name === 'hook_failure') this.#hookFailed = true;
  }

  async teardown() {
    for (const restore of this.#restore) restore();
    // Counted by test/helpers/database-template.ts.
    const databases = Number(this.global.openTestDatabases ?? 0);
    const end = Date.now() + END_MS;
    while (!this.#hookFailed && postgresConnections() > this.#connectionsBefore && Date.now() < end) await delay(POLL_MS);
    const connections = postgresConnections() - this.#connectionsBefore;
    await super.teardown();
    if (this.#printed !== '') throw new Error(`The test file prints: ${this.#printed.slice(0, 500)}`);
    if (this.#hookFailed) return;
    if (databases > 0) throw new Error(`The test file leaves ${databases} databases open.`);
    if (connections > 0) throw new Error(`The test file leaves ${connections} connections to Postgres open.`);
  }
}
