// the real docker-compose.yml, played by Podman on the real image: what those see who start it
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { connect, type Assistants } from 'durable-assistants/client';
import { assistantTools } from 'durable-assistants/tools';
import { queryOrder } from '../../examples/10-compose/tools.ts';
import { buildImage, IMAGE } from '../helpers/containers/build-image.ts';
import { ComposeProject, OTHERS, OURS } from '../helpers/containers/compose.ts';
import { containers, describeContainers } from '../helpers/containers/suite.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const PASSWORD = `p@ss:w/rd%#?&'" $x`;
const KEY = 'sesame-open-compose';
const START_TIMEOUT_SECONDS = 150;
const TOOL_ANSWER = 'SF123456';

/** The scripted model repeats it, fifty words a second. */
const sentence = (words: number): string => Array.from({ length: words }, (_, index) => `word${index}`).join(' ');

describeContainers('docker compose', () => {
  let project: ComposeProject;
  let openai: OpenAI;
  let assistants: Assistants;
  let assistantId: string;

  beforeAll(async () => {
    await buildImage(containers().podman);
    project = await ComposeProject.create(containers(), {
      postgres_password: PASSWORD,
      api_keys: `${KEY}=default\n`,
      assistants_api_key: KEY,
    });
    openai = new OpenAI({ baseURL: `http://127.0.0.1:${project.ports.api}/v1`, apiKey: KEY });
    await project.up();
    await project.healthy([...OTHERS, ...OURS]);
  }, 900_000);
  afterAll(async () => {
    await assistants?.close();
    await project?.remove();
  }, 120_000);

  const ask = async (content: string, assistant: string) => {
    const thread = await openai.beta.threads.create({ messages: [{ role: 'user', content }] });
    const run = await openai.beta.threads.runs.create(thread.id, { assistant_id: assistant });
    return { thread, run };
  };
  const answersOn = async (threadId: string): Promise<string[]> => {
    const { data } = await openai.beta.threads.messages.list(threadId);
    return data
      .filter(({ role }) => role === 'assistant')
      .map(({ content }) => (content[0]?.type === 'text' ? content[0].text.value : ''));
  };

  test('a program with the openai SDK gets its answer through the API’s port', async () => {
    ({ id: assistantId } = await openai.beta.assistants.create({ model: 'm', tools: assistantTools([queryOrder]) }));
    const { thread, run } = await ask('hello', assistantId);
    expect(await openai.beta.threads.runs.poll(run.id, { thread_id: thread.id })).toMatchObject({ status: 'completed' });
    expect(await answersOn(thread.id)).toEqual(['[scripted model] You said: hello']);
  });

  test('a run by connect() on the host, its tool by the tools worker', async () => {
    const endpoint = { baseUrl: `http://127.0.0.1:${project.ports.api}/v1`, apiKey: KEY };
    assistants = await connect({ address: `127.0.0.1:${project.ports.temporal}`, endpoint });
    const run = await assistants.start({ assistantId, message: 'Where is my order ORD001?', deadline: '1 minute' });
    const { reply, toolCalls } = await run.result();
    expect(reply?.text).toContain(TOOL_ANSWER);
    expect(toolCalls).toMatchObject([{ name: 'query_order' }]);
  });

  test('a run by the command in the container, as the example says', async () => {
    const said = await project.exec(
      'tools-worker',
      'node',
      'dist/cli/main.js',
      'run',
      'Where is ORD001?',
      '--assistant',
      assistantId,
    );
    expect(said).toContain(TOOL_ANSWER);
  });

  test.each(OURS)('%s has a read-only root, no capabilities, no new privileges, and is not root', async (service) => {
    expect(await project.state(service, '.HostConfig.ReadonlyRootfs')).toBe(true);
    expect((await project.state<string[] | null>(service, '.EffectiveCaps')) ?? []).toEqual([]);
    expect(await project.state(service, '.HostConfig.SecurityOpt')).toContain('no-new-privileges');
    expect(await project.state(service, '.HostConfig.RestartPolicy.Name')).toBe('unless-stopped');
    const status = await project.exec(service, 'cat', '/proc/1/status');
    for (const line of [/^CapEff:\t0+$/m, /^CapBnd:\t0+$/m, /^NoNewPrivs:\t1$/m, /^Uid:\t1000\t/m]) expect(status).toMatch(line);
    await expect(project.exec(service, 'touch', '/app/written')).rejects.toThrow('Read-only file system');
    await project.exec(service, 'touch', '/tmp/written');
  });

  test.each(OURS)('no secret of %s stands in its settings, as docker inspect shows them, or in its log', async (service) => {
    const shown = JSON.stringify(await project.state(service, '.Config')) + (await project.logs(service));
    for (const secret of [PASSWORD, JSON.stringify(PASSWORD).slice(1, -1), encodeURIComponent(PASSWORD), KEY]) {
      expect(shown).not.toContain(secret);
    }
  });

  test('every process of ours serves its metrics inside of the network, and not outside', async () => {
    for (const service of OURS) {
      const fetched = `fetch('http://${service}:9464/metrics').then((answer) => answer.text()).then(console.log)`;
      expect(await project.exec('worker', 'node', '-e', fetched)).toContain('process_cpu_seconds_total');
      expect(JSON.stringify(await project.state(service, '.NetworkSettings.Ports'))).not.toMatch(/"HostPort":"9464"/);
    }
  });

  test('migrate with the right password finds nothing to do; with a wrong one, or another name, it does not wait', async () => {
    const migrate = (settings: Record<string, string>): Promise<string> => {
      const all = {
        DATABASE_HOST: 'postgres',
        DATABASE_USER: 'assistants',
        DATABASE_NAME: 'assistants',
        DATABASE_PASSWORD: PASSWORD,
      };
      const env = Object.entries({ ...all, ...settings }).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
      const args = ['run', '--rm', '--read-only', '--network', `${project.name}_default`, ...env, IMAGE, 'migrate'];
      return project.podman.run(args, { timeoutMs: 30_000 }).then(
        ({ stdout }) => stdout,
        (error: Error) => error.message,
      );
    };
    expect(await migrate({})).toContain('The schema is up to date.');
    const refused = [await migrate({ DATABASE_PASSWORD: 'wrong-word' }), await migrate({ DATABASE_NAME: 'nowhere' })];
    expect(refused[0]).toContain('The database at postgres:5432 (DATABASE_HOST) cannot be used: password authentication failed');
    expect(refused[1]).toContain('database "nowhere" does not exist');
    for (const said of refused) expect(said).not.toMatch(/waiting for it|^\s+at /m);
  }, 90_000);

  test('API and worker killed in the middle of a run → they come back by themselves, and the run ends once', async () => {
    const words = sentence(300);
    const { thread, run } = await ask(words, assistantId);
    const at = { thread_id: thread.id };
    const orchestrated = await assistants.start({ assistantId, message: words });
    await waitUntil(
      'the run is in progress',
      async () => (await openai.beta.threads.runs.retrieve(run.id, at)).status === 'in_progress',
    );
    await Promise.all([project.kill('api'), project.kill('worker'), project.kill('tools-worker')]);
    await project.healthy(OURS);
    const retrieve = () => openai.beta.threads.runs.retrieve(run.id, at);
    await waitUntil('the end of the run', async () => (await retrieve()).status === 'completed', 60_000);
    expect(await answersOn(thread.id)).toEqual([`[scripted model] You said: ${words}`]);
    const { reply, threadId } = await orchestrated.result();
    expect(reply?.text).toContain('word299');
    expect(await answersOn(threadId)).toHaveLength(1);
    for (const service of OURS) expect(await project.state(service, '.RestartCount')).toBeGreaterThan(0);
  }, 300_000);

  test('each container stops within its time, with exit code 0; a worker ends the run first that it is at', async () => {
    const { thread, run } = await ask(sentence(150), assistantId);
    const retrieve = () => openai.beta.threads.runs.retrieve(run.id, { thread_id: thread.id });
    await waitUntil('the run is in progress', async () => (await retrieve()).status === 'in_progress');
    expect(await project.stop('worker')).toBe(0);
    expect((await retrieve()).status).toBe('completed');
    for (const service of [...OURS, ...OTHERS]) expect([service, await project.stop(service)]).toEqual([service, 0]);
  }, 180_000);

  test('started before Postgres and Temporal, ours wait for them, end with 0 if told to, and become healthy', async () => {
    await project.down();
    await project.withoutOrder(START_TIMEOUT_SECONDS);
    await project.up(...OURS);
    for (const service of OURS)
      await waitUntil(`${service} waits`, async () => (await project.logs(service)).includes('waiting for it'), 30_000);
    expect(await project.podman.succeeds(['healthcheck', 'run', project.container('api')])).toBe(false);
    expect(await project.stop('worker')).toBe(0);
    expect(await project.logs('worker')).toContain('Asked to end before it had started.');
    expect(await project.logs('worker')).not.toMatch(/^\s+at /m);
    await project.up(...OTHERS, 'worker');
    await project.healthy([...OTHERS, ...OURS], START_TIMEOUT_SECONDS * 1_000);
    // The data is where it was.
    expect(await openai.beta.assistants.retrieve(assistantId)).toMatchObject({ id: assistantId });
    const { thread, run } = await ask('again', assistantId);
    expect(await openai.beta.threads.runs.poll(run.id, { thread_id: thread.id })).toMatchObject({ status: 'completed' });
  }, 240_000);
});
