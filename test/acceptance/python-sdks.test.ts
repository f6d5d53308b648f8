// acceptance: Python programs with the official SDK, old and new, told nothing but a base URL
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';
import { PYTHON_SDKS, pythonWithSdk } from '../helpers/python.ts';

const run = promisify(execFile);
const PROGRAMS = ['quickstart', 'functions', 'safe_run', 'helpers', 'event_handler', 'stream_loop'];

let baseUrl: string;
let apiKey: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ baseUrl, apiKey, stop } = await baseUrlForAcceptance());
});
afterAll(() => stop());

const pythons = new Map(
  await Promise.all(PYTHON_SDKS.map(async (version) => [version, await pythonWithSdk(version).catch(() => null)] as const)),
);

describe.each(PYTHON_SDKS)('PyPI openai %s', (version) => {
  const python = pythons.get(version);
  // A machine without python3 can still run the rest; in CI that is a failure.
  const runOrSkip = python || process.env['CI'] ? test : test.skip;
  runOrSkip.each(PROGRAMS)('%s.py works unchanged', async (program) => {
    if (!python) throw new Error('There is no python3 with pip here, or PyPI is not reachable.');
    const script = fileURLToPath(new URL(`./programs/${program}.py`, import.meta.url));
    const { stdout } = await run(python, [script], {
      env: { ...process.env, OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey },
      timeout: 60_000,
    });
    expect(stdout.trim()).toBe('ok');
  });
});
