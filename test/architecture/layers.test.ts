// one process: the gates themselves are tried, so that none of them is a check that cannot fail
import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** What the gates read besides the file that they look at. */
const CONFIGURATION = [
  'package.json',
  'oxlint.config.ts',
  'tsconfig.json',
  'workflows/tsconfig.json',
  'workflows/sandbox-globals.d.ts',
];

/** Runs a command in a folder that has the gates' configuration, and one file. Returns all that it prints. */
async function tryFile(path: string, content: string, command: string, args: string[]): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'durable-assistants-gates-'));
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(copy, name)), { recursive: true });
    await writeFile(join(copy, name), text);
  };
  try {
    for (const name of CONFIGURATION) await write(name, await readFile(join(root, name), 'utf8'));
    await write(path, content);
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const result = await run(process.execPath, [join(root, 'node_modules', command), ...args], { cwd: copy }).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    return `${result.stdout}${result.stderr}`;
  } finally {
    await rm(copy, { recursive: true });
  }
}

const lint = (path: string, content: string): Promise<string> => tryFile(path, content, 'oxlint/bin/oxlint', [path]);

describe('import rules per folder', () => {
  test.each([
    ['workflows/gate-trial.ts', "import { z } from 'zod';\nexport const a = z;\n"],
    ['workflows/gate-trial.ts', "import { Run } from '../schemas/run.ts';\nexport const a = Run;\n"],
    [
      'workflows/orchestrate-run/gate-trial.ts',
      "import { openStore } from '../../store/database/open.ts';\nexport const a = openStore;\n",
    ],
    [
      'server/routes/gate-trial.ts',
      "import { whileBeating } from '../../activities/heartbeats.ts';\nexport const a = whileBeating;\n",
    ],
    ['client/gate-trial.ts', "import { openStore } from '../store/database/open.ts';\nexport const a = openStore;\n"],
    ['store/gate-trial.ts', "import { createServer } from '../server/app.ts';\nexport const a = createServer;\n"],
    ['domain/gate-trial.ts', "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n"],
    ['temporal/converters/gate-trial.ts', "import { Worker } from '@temporalio/worker';\nexport const a = Worker;\n"],
    [
      'temporal/converters/gate-trial.ts',
      "import { areKnown } from '../registered-attributes.ts';\nexport const a = areKnown;\n",
    ],
    ['contracts/gate-trial.ts', "import { Client } from '@temporalio/client';\nexport const a = Client;\n"],
    ['examples/gate-trial.ts', "import { connect } from '../client/index.ts';\nexport const a = connect;\n"],
  ])('%s: %s → refused', async (path, content) => {
    expect(await lint(path, content)).toContain('no-restricted-imports');
  });

  test('types of schemas are allowed in workflows', async () => {
    const content = "import type { Run } from '../schemas/run.ts';\nexport const a = (run: Run): string => run.id;\n";
    const output = await lint('workflows/gate-trial-types.ts', content);
    expect(output).toContain('Found 0 warnings and 0 errors.');
  });
});

describe('types of workflows', () => {
  test.each(['process.env', "Buffer.from('')", "fetch('/')", 'setTimeout(() => {}, 1)'])(
    '%s does not compile',
    async (expression) => {
      const path = 'workflows/gate-trial-globals.ts';
      const content = `export const a = (): unknown => ${expression};\n`;
      const output = await tryFile(path, content, 'typescript/bin/tsc', ['--noEmit', '-p', 'workflows/tsconfig.json']);
      expect(output).toContain('gate-trial-globals.ts');
    },
  );
});

describe('transactions', () => {
  const sources = async (folder: string): Promise<[string, string][]> => {
    const entries = await readdir(join(root, folder), { recursive: true });
    return Promise.all(
      entries
        .filter((name) => name.endsWith('.ts'))
        .map(async (name) => [name, await readFile(join(root, folder, name), 'utf8')]),
    );
  };

  test('are opened in store/ alone, so that nothing but SQL is awaited inside', async () => {
    const others = ['server', 'activities', 'workers', 'client', 'cli', 'providers', 'tools', 'domain', 'temporal', 'programs'];
    for (const folder of [...others, 'operations', 'embedded', 'environment']) {
      for (const [name, text] of await sources(folder)) {
        expect([name, /inTransaction|\.transaction\(|TransactionContext/.test(text)]).toEqual([name, false]);
      }
    }
  });

  test('store/ awaits no network, timer or file inside them', async () => {
    for (const [name, text] of await sources('store')) {
      if (!/TransactionContext|inTransaction|command\(/.test(text) || name === 'database/transaction.ts') continue;
      expect([name, /\bfetch\(|setTimeout|node:timers|node:fs|node:http/.test(text)]).toEqual([name, false]);
    }
  });

  test('a run’s status is written by one function alone', async () => {
    const writers = (await sources('store')).filter(([, text]) =>
      /updateTable\('runs'\)[\s\S]{0,60}\.set\(\{\s*(?:\.\.\.patch|status)/.test(text),
    );
    expect(writers.map(([name]) => name)).toEqual(['runs/change.ts']);
  });
});

describe('the rooms of store/', () => {
  /** Each may import from those before it. */
  const ORDER = ['database', 'wire', 'events', 'steps', 'runs', 'threads', 'turns', ''];

  test('import only what stands before them', async () => {
    const roomOf = (path: string): string => {
      const [room, ...rest] = path.split('/');
      return rest.length === 0 ? '' : room!;
    };
    const files = (await readdir(join(root, 'store'), { recursive: true })).filter((name) => name.endsWith('.ts'));
    expect(new Set(files.map(roomOf))).toEqual(new Set(ORDER));
    for (const file of files) {
      const text = await readFile(join(root, 'store', file), 'utf8');
      for (const [, specifier] of text.matchAll(/from '(\.[^']+)'/g)) {
        const target = relative(join(root, 'store'), join(root, 'store', dirname(file), specifier!));
        if (target.startsWith('..')) continue;
        const [from, to] = [roomOf(file), roomOf(target)];
        expect([file, target, ORDER.indexOf(to) <= ORDER.indexOf(from)]).toEqual([file, target, true]);
      }
    }
  });
});

test('every port of providers/ has a conformance suite', async () => {
  const files = await readdir(join(root, 'providers'), { recursive: true });
  const ports = files.filter((name) => name.endsWith('port.ts')).map((name) => dirname(name));
  expect(ports.length).toBeGreaterThan(1);
  for (const port of ports) {
    const suite = await readdir(join(root, 'test/conformance', port));
    expect([port, suite.some((name) => name.endsWith('.test.ts'))]).toEqual([port, true]);
  }
});
