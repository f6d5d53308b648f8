import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/** What a test file must not leave behind, by Node's name for it. Connections to fetched URLs are kept alive by fetch itself. */
const LEFT = {
  TCPServerWrap: 'a server',
  ProcessWrap: 'a child process',
  MessagePort: 'a thread',
  PGSocket: 'a connection to Postgres',
};
/** How long what was asked to end may take, in milliseconds. */
const END_MS = 10_000;
const POLL_MS = 50;

const postgresPort = Number(process.env.TEST_DATABASE_URL ? new URL(process.env.TEST_DATABASE_URL).port || 5432 : Number.NaN);

setFlagsFromString('--expose-gc');
/** Ports that nobody uses any more are open until they are collected. */
const collectGarbage = runInNewContext('gc');

/** Node has no public list of open connections. */
const connections = () => process['_getActiveHandles']();

/** How much there is of each now. */
function open() {
  const toPostgres = connections().filter(({ remotePort }) => remotePort === postgresPort);
  const all = [...process.getActiveResourcesInfo(), ...toPostgres.map(() => 'PGSocket')];
  return Object.fromEntries(Object.keys(LEFT).map((name) => [name, all.filter((other) => other === name).length]));
}

/** Fails a test file that prints, or that leaves something open. */
export default class StrictEnvironment extends TestEnvironment {
  #before = {};
  #printed = '';
  #restore = [];

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
    this.#before = open();
    this.#watch(process.stdout, 'write');
    this.#watch(process.stderr, 'write');
    for (const name of ['debug', 'error', 'info', 'log', 'warn']) this.#watch(this.global.console, name);
  }

  async teardown() {
    for (const restore of this.#restore) restore();
    const end = Date.now() + END_MS;
    let left = this.#left();
    while (left.length > 0 && Date.now() < end) {
      await delay(POLL_MS);
      collectGarbage();
      left = this.#left();
    }
    await super.teardown();
    if (this.#printed !== '') throw new Error(`The test file prints: ${this.#printed.slice(0, 500)}`);
    if (left.length > 0) throw new Error(`The test file leaves open: ${left.join(', ')}`);
  }

  #left() {
    const now = open();
    return Object.keys(LEFT).flatMap((name) => (now[name] > this.#before[name] ? [LEFT[name]] : []));
  }
}
