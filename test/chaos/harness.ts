import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  startScriptedModel,
  type ScriptedModel,
  type ScriptedRequest,
  type ScriptedTurn,
} from 'durable-assistants/scripted-model';
import { findService, type ServicePlace } from '../../cli/embedded/service-file.ts';
import { freePort } from '../../cli/temporal/free-port.ts';
import { freshDataDirectory } from '../helpers/database-template.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** Where in the life of a run the service can be killed. */
export const WINDOWS = [
  'before_commit',
  'after_commit',
  'before_start',
  'after_start',
  'before_nudge',
  'after_nudge',
  'before_answer',
  'after_answer',
  'mid_model_call',
] as const;
export type Window = (typeof WINDOWS)[number];

/** A model request as seen from outside. `turn` is how many tool rounds the conversation holds. */
export interface SeenRequest {
  atMs: number;
  code: string;
  turn: number;
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const textOf = (request: ScriptedRequest): string =>
  String(request.messages.findLast((message) => message.role === 'user')?.content);

/** Counts what must happen once per key, in a process that is not killed. */
async function startEffects(): Promise<{ url: string; keys: Map<string, string>; server: Server }> {
  const keys = new Map<string, string>();
  const server = createServer(async (request, response) => {
    let code = '';
    for await (const chunk of request) code += String(chunk);
    keys.set(String(request.headers['idempotency-key']), code);
    response.end(`counted ${code}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys, server };
}

/** The service in a process of its own, its model and its effects counted outside. */
export class ChaosHarness {
  readonly requests: SeenRequest[] = [];
  effects!: Map<string, string>;
  #model!: ScriptedModel;
  #effectsServer!: Server;
  #effectsUrl!: string;
  #directory!: string;
  #remove!: () => Promise<void>;
  #ports!: { api: number; temporal: number; ui: number };
  #child: ChildProcess | undefined;
  #killAtRequest: number | undefined;

  async prepare(): Promise<void> {
    const { directory, remove } = await freshDataDirectory();
    this.#directory = directory;
    this.#remove = remove;
    this.#model = await startScriptedModel({ script: (request) => this.#answer(request) });
    const effects = await startEffects();
    this.effects = effects.keys;
    this.#effectsServer = effects.server;
    this.#effectsUrl = effects.url;
    this.#ports = { api: await freePort(0), temporal: await freePort(0), ui: await freePort(0) };
    await writeFile(this.#journal, '');
  }

  get #journal(): string {
    return join(this.#directory, 'journal');
  }

  get #armed(): string {
    return join(this.#directory, 'armed');
  }

  /** From now on the bomb counts: what was done to prepare does not. */
  async arm(): Promise<void> {
    await writeFile(this.#armed, '');
  }

  /** One tool call, then the answer, with a pause in which the service can be killed. */
  async #answer(request: ScriptedRequest): Promise<ScriptedTurn> {
    const code = textOf(request);
    const outputs = request.messages.filter((message) => message.role === 'tool');
    this.requests.push({ atMs: Date.now(), code, turn: outputs.length });
    if (this.#killAtRequest === this.requests.length) setTimeout(() => void this.#killAll(), 10);
    if (outputs.length === 0) return { delayMs: 25, toolCalls: [{ name: 'count_effect', arguments: { code } }] };
    return { delayMs: 25, text: String(outputs[0]!.content) };
  }

  async #killAll(): Promise<void> {
    const temporal = JSON.parse(await readFile(join(this.#directory, 'temporal', 'temporal.pid'), 'utf8')) as { pid: number };
    await writeFile(this.#journal, `${await readFile(this.#journal, 'utf8')}${Date.now()} killed mid_model_call\n`);
    process.kill(temporal.pid, 'SIGKILL');
    this.#child?.kill('SIGKILL');
  }

  /** Starts the service, with a bomb if a window is given, and waits until it takes runs. */
  async start(bomb?: { window: Window; hit: number }): Promise<ServicePlace> {
    this.#killAtRequest = bomb?.window === 'mid_model_call' ? bomb.hit : undefined;
    const child = spawn(
      process.execPath,
      ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', path('./victim.ts')],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          DATA_DIR: this.#directory,
          PORT: String(this.#ports.api),
          TEMPORAL_PORT: String(this.#ports.temporal),
          TEMPORAL_UI_PORT: String(this.#ports.ui),
          TEMPORAL_ADDRESS: '',
          MODEL_BASE_URL: this.#model.baseUrl,
          LOG_LEVEL: 'silent',
          CHAOS_TOOLS: path('./tools.ts'),
          CHAOS_EFFECTS: this.#effectsUrl,
          CHAOS_JOURNAL: this.#journal,
          CHAOS_ARMED: this.#armed,
          ...(bomb ? { CHAOS_WINDOW: bomb.window, CHAOS_HIT: String(bomb.hit) } : { CHAOS_WINDOW: '' }),
        },
      },
    );
    this.#child = child;
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    return waitUntil(
      'the service',
      async () => {
        if (child.exitCode !== null) throw new Error(`the service ended: ${errors}`);
        const place = await findService(this.#directory);
        return place?.pid === child.pid ? place : null;
      },
      30_000,
    );
  }

  /** Waits until the bomb has gone off. */
  async killed(): Promise<void> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (child.signalCode !== 'SIGKILL')
      throw new Error(`the service ended with ${child.signalCode ?? child.exitCode}, not by the kill`);
  }

  /** What the victims wrote down: turns as they were finished, and the kill. */
  async journal(): Promise<{ atMs: number; what: string; detail: string }[]> {
    const lines = (await readFile(this.#journal, 'utf8')).trim().split('\n').filter(Boolean);
    return lines.map((line) => {
      const [atMs, what, ...detail] = line.split(' ');
      return { atMs: Number(atMs), what: what!, detail: detail.join(' ') };
    });
  }

  /** Ends the service in order. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.stop();
    this.#effectsServer.close();
    await this.#model.close();
    await this.#remove();
  }
}
