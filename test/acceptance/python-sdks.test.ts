// acceptance: Python programs with the official SDK, old and new, told nothing but a base URL
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';
import { cases } from '../helpers/extent.ts';
import { PYTHON_SDKS, PYTHON_V1_SDK, pythonWithSdk, pythonWithV1Sdk } from '../helpers/python.ts';

const run = promisify(execFile);
const PROGRAMS = ['quickstart', 'functions', 'safe_run', 'helpers', 'event_handler', 'stream_loop'];

let baseUrl: string;
let apiKey: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ baseUrl, apiKey, stop } = await baseUrlForAcceptance());
});
afterAll(() => stop());

const [v1Python, ...ordinary] = await Promise.all(
  [pythonWithV1Sdk(), ...PYTHON_SDKS.map(pythonWithSdk)].map((python) => python.catch(() => null)),
);
const pythons = new Map(PYTHON_SDKS.map((version, index) => [version, ordinary[index]]));
// A machine without python3 can still run the rest; in CI that is a failure.
const testWith = (python: string | null | undefined) => (python || process.env['CI'] ? test : test.skip);

async function outputOf(python: string | null | undefined, program: string, env: Record<string, string>): Promise<string> {
  if (!python) throw new Error('There is no python3 with pip here, or PyPI is not reachable.');
  const script = fileURLToPath(new URL(`./programs/${program}.py`, import.meta.url));
  const { stdout } = await run(python, [script], { env: { ...process.env, ...env }, timeout: 60_000 });
  return stdout.trim();
}

describe.each([...cases(PYTHON_SDKS, 1)])('PyPI openai %s', (version) => {
  const python = pythons.get(version);
  testWith(python).each(PROGRAMS)('%s.py works unchanged', async (program) => {
    expect(await outputOf(python, program, { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey })).toBe('ok');
  });

  testWith(python)('azure_openai.py works unchanged', async () => {
    const env = { AZURE_OPENAI_ENDPOINT: new URL(baseUrl).origin, AZURE_OPENAI_API_KEY: apiKey };
    expect(await outputOf(python, 'azure_openai', env)).toBe('ok');
  });
});

testWith(v1Python)(`PyPI openai ${PYTHON_V1_SDK}, of Assistants v1: v1_tutorial.py works unchanged`, async () => {
  expect(await outputOf(v1Python, 'v1_tutorial', { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey })).toBe('ok');
});
