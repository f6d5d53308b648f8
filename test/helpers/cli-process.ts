import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './wait-until.ts';

const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const UNSET = { DATABASE_URL: '', TEMPORAL_ADDRESS: '', TEMPORAL_API_KEY: '', API_KEYS: '', METRICS_PORT: '', NO_COLOR: '1' };

/** `durable-assistants …` as a process of its own, and what it says. */
export class CliProcess {
  readonly child: ChildProcess;
  /** Its exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  output = '';

  constructor(args: readonly string[], env: Record<string, string>) {
    const options = ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', cli, ...args];
    this.child = spawn(process.execPath, options, { env: { ...process.env, ...UNSET, ...env } });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (text) => (this.output += String(text)));
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  async says(text: string): Promise<void> {
    await waitUntil(`${text}, but: ${this.output}`, async () => this.output.includes(text), 20_000);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
