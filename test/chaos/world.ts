import { appendFileSync, existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
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

/** A model request as seen from outside. `turn` is how many tool rounds the conversation holds. */
export interface SeenRequest {
  atMs: number;
  code: string;
  turn: number;
}

/** What the victims and the harness wrote down. */
export interface JournalLine {
  atMs: number;
  what: string;
  detail: string;
}

/** How long the model thinks, in milliseconds: a pause in which a process can be killed. */
const THINKS_MS = 25;

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

/** What stands outside of everything that is killed: the model, the tools' effects, and a journal in a file. */
export class ChaosWorld {
  readonly requests: SeenRequest[] = [];
  readonly effects: ReadonlyMap<string, string>;
  /** Called at each model request, with its number. */
  onRequest: ((count: number) => void) | undefined;
  /** Between the words of the model's answers, in milliseconds. */
  wordDelayMs = 0;
  /** How long the model thinks about each request. */
  thinksMs = THINKS_MS;
  /** How many rounds of the tool each run has. */
  toolRounds = 1;
  readonly #directory: string;
  readonly #model: ScriptedModel;
  readonly #effects: { url: string; server: Server };

  private constructor(directory: string, model: ScriptedModel, effects: Awaited<ReturnType<typeof startEffects>>) {
    this.#directory = directory;
    this.#model = model;
    this.#effects = effects;
    this.effects = effects.keys;
  }

  static async create(directory: string): Promise<ChaosWorld> {
    let world: ChaosWorld | undefined;
    const model = await startScriptedModel({ script: (request) => world!.#answer(request) });
    world = new ChaosWorld(directory, model, await startEffects());
    await writeFile(world.#journal, '');
    return world;
  }

  get #journal(): string {
    return join(this.#directory, 'journal');
  }

  get #armed(): string {
    return join(this.#directory, 'armed');
  }

  /** For a victim: the world, and its bomb. */
  environment(bomb: { window: string; hit: number } | undefined): Record<string, string> {
    return {
      MODEL_BASE_URL: this.#model.baseUrl,
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      API_KEYS: '',
      CHAOS_TOOLS: fileURLToPath(new URL('./tools.ts', import.meta.url)),
      CHAOS_EFFECTS: this.#effects.url,
      CHAOS_JOURNAL: this.#journal,
      CHAOS_ARMED: this.#armed,
      CHAOS_WINDOW: bomb?.window ?? '',
      CHAOS_HIT: String(bomb?.hit ?? 0),
    };
  }

  /** From now on the bombs count: what was done to prepare does not. */
  async arm(): Promise<void> {
    await writeFile(this.#armed, '');
  }

  /** The next bomb does not count yet. */
  async disarm(): Promise<void> {
    await rm(this.#armed, { force: true });
  }

  get isArmed(): boolean {
    return existsSync(this.#armed);
  }

  note(line: string): void {
    appendFileSync(this.#journal, `${Date.now()} ${line}\n`);
  }

  async journal(): Promise<JournalLine[]> {
    const lines = (await readFile(this.#journal, 'utf8')).trim().split('\n').filter(Boolean);
    return lines.map((line) => {
      const [atMs, what, ...detail] = line.split(' ');
      return { atMs: Number(atMs), what: what!, detail: detail.join(' ') };
    });
  }

  /** One tool call in each round, then the answer. */
  async #answer(request: ScriptedRequest): Promise<ScriptedTurn> {
    const code = textOf(request);
    const outputs = request.messages.filter((message) => message.role === 'tool');
    this.requests.push({ atMs: Date.now(), code, turn: outputs.length });
    this.onRequest?.(this.requests.length);
    const pace = { delayMs: this.thinksMs, wordDelayMs: this.wordDelayMs };
    if (!request.tools) return { ...pace, text: code };
    if (outputs.length >= this.toolRounds) return { ...pace, text: String(outputs.at(-1)!.content) };
    const once = this.toolRounds === 1 ? code : `${code}/${outputs.length}`;
    return { ...pace, toolCalls: [{ name: 'count_effect', arguments: { code: once } }] };
  }

  async close(): Promise<void> {
    this.#effects.server.close();
    await this.#model.close();
  }
}
