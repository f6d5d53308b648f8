// acceptance: programs on frameworks that speak the API through an SDK of theirs, told nothing but a base URL
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';
import { nodeWithPackages, runNodeProgram } from '../helpers/node-programs.ts';
import { pythonWithSemanticKernel } from '../helpers/python.ts';

const run = promisify(execFile);
const programAt = (name: string): string => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

let env: Record<string, string>;
let stop: () => Promise<void>;
beforeAll(async () => {
  const target = await baseUrlForAcceptance();
  stop = target.stop;
  env = {
    OPENAI_BASE_URL: target.baseUrl,
    OPENAI_API_KEY: target.apiKey,
    AZURE_OPENAI_ENDPOINT: new URL(target.baseUrl).origin,
    AZURE_OPENAI_API_KEY: target.apiKey,
  };
});
afterAll(() => stop());

const [packages, python] = await Promise.all([
  nodeWithPackages().catch(() => null),
  pythonWithSemanticKernel().catch(() => null),
]);
// A machine without the packages can still run the rest; in CI that is a failure.
const testWith = (there: string | null) => (there || process.env['CI'] ? test : test.skip);

testWith(packages).each(['vercel_ai.mjs', 'langchain_assistant.mjs', 'v1_sdk.mjs', 'azure_assistants.mjs'])(
  '%s works unchanged',
  async (program) => {
    expect(await runNodeProgram(programAt(program), env)).toBe('ok');
  },
);

testWith(python)('semantic_kernel_agent.py works unchanged', async () => {
  if (!python) throw new Error('There is no python3 with pip here, or PyPI is not reachable.');
  const { stdout } = await run(python, [programAt('semantic_kernel_agent.py')], {
    env: { ...process.env, ...env },
    timeout: 120_000,
  });
  expect(stdout.trim()).toBe('ok');
});
