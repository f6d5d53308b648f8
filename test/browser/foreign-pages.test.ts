// real Chromium: what a web page that a developer has open can do to what npm start opens
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import OpenAI from 'openai';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findService, type RunningService } from '../../programs/service-file.ts';
import { CLOSED_TO_BROWSERS, freePort } from '../../programs/free-port.ts';
import { provideChromium } from '../helpers/chromium.ts';
import { listeningPorts } from '../helpers/listening-ports.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const MARK = 'foreign-page-was-here';

let directory: string;
let metricsPort: number;
let service: ChildProcess;
let place: RunningService;
let ports: { host: string; port: number }[];
let browser: Browser;
let site: Server;
let openai: OpenAI;
let temporal: Client;

beforeAll(async () => {
  const executablePath = await provideChromium();
  metricsPort = await freePort(0);
  directory = await mkdtemp(join(tmpdir(), 'durable-assistants-browser-'));
  service = spawn(
    process.execPath,
    ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', cli, 'dev'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        DATA_DIR: directory,
        DATABASE_URL: '',
        MODEL_BASE_URL: '',
        OPENAI_API_KEY: '',
        TEMPORAL_ADDRESS: '',
        API_KEYS: '',
        PORT: '0',
        TEMPORAL_PORT: '0',
        TEMPORAL_UI_PORT: '0',
        METRICS_PORT: String(metricsPort),
      },
    },
  );
  place = await waitUntil('the service', () => findService(directory), 60_000);
  ports = await listeningPorts(service.pid!);
  openai = new OpenAI({ baseURL: place.apiUrl, apiKey: 'none' });
  temporal = new Client({ connection: await Connection.connect({ address: place.temporalAddress }) });
  const assistant = await openai.beta.assistants.create({ model: 'm', name: 'secret of the user' });
  const messages = [{ role: 'user' as const, content: 'secret of the user' }];
  await openai.beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread: { messages } });
  site = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>x</title>'),
  );
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({
    executablePath,
    // The names of foreign pages, and one that DNS rebinding has pointed at this machine.
    args: [
      '--no-sandbox',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
      '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
    ],
  });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  site?.close();
  await temporal?.connection.close();
  if (service?.exitCode === null) {
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    await ended;
  }
  await rm(directory, { recursive: true, force: true });
}, 60_000);

/** What exists, as the user sees it: if it is the same before and after, a page has made and started nothing. */
async function state(): Promise<object> {
  const assistants = await openai.beta.assistants.list({ limit: 100 });
  const { count } = await temporal.workflow.count();
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const posts = metrics.match(/^durable_assistants_http_request_seconds_count\{method="POST".*status="200".*$/gm);
  return {
    posts,
    assistants: assistants.data.map(({ id, name }) => `${id} ${name}`),
    workflows: count,
  };
}

async function pageAt(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>evil</title>' }));
  await page.goto(url);
  await page.unroute(url);
  return page;
}

interface Attack {
  method: string;
  path: string;
  type: string | null;
  body: string | null;
}

const start = JSON.stringify({
  workflowType: { name: 'orchestrateRun' },
  taskQueue: { name: 'assistants-orchestrator' },
  workflowId: MARK,
});
const ATTACKS: Attack[] = [
  { method: 'POST', path: '/v1/threads', type: null, body: null },
  { method: 'POST', path: '/v1/threads', type: 'text/plain', body: '{}' },
  { method: 'POST', path: '/v1/assistants', type: 'text/plain', body: JSON.stringify({ model: 'm', name: MARK }) },
  { method: 'POST', path: '/v1/assistants', type: 'application/json', body: JSON.stringify({ model: 'm', name: MARK }) },
  { method: 'POST', path: `/api/v1/namespaces/default/workflows/${MARK}`, type: 'text/plain', body: start },
  { method: 'POST', path: `/namespaces/default/workflows/${MARK}`, type: 'text/plain', body: start },
  { method: 'POST', path: `/api/v1/namespaces/default/workflows/${MARK}`, type: 'application/json', body: start },
  { method: 'POST', path: '/v1/chat/completions', type: 'text/plain', body: '{"model":"m","messages":[]}' },
  ...[
    '/',
    '/v1/assistants',
    '/api/v1/namespaces/default/workflows',
    '/api/v1/settings',
    '/metrics',
    '/healthz',
    '/readyz',
    '/openapi.json',
    '/debug/pprof/',
  ].map((path) => ({ method: 'GET', path, type: null, body: null })),
];

/** Sends every attack to a host and port from within a page, and returns what the page could read. */
async function attack(page: Page, host: string, port: number): Promise<string[]> {
  return page.evaluate(
    async ({ attacks, base }) => {
      const read: string[] = [];
      for (const { method, path, type, body } of attacks) {
        for (const mode of ['no-cors', 'cors'] as const) {
          try {
            const answer = await fetch(base + path, {
              method,
              mode,
              body,
              ...(type && { headers: { 'content-type': type } }),
              signal: AbortSignal.timeout(3_000),
            });
            if (answer.ok) read.push(`${method} ${path}: ${(await answer.text()).slice(0, 80)}`);
          } catch {
            // Nothing came back that a page may see.
          }
        }
      }
      return read;
    },
    { attacks: ATTACKS, base: `http://${host}:${port}` },
  );
}

test('what npm start opens is open on this machine alone; the UI itself has an address that nobody guesses', () => {
  expect(ports.every(({ host }) => host.startsWith('127.'))).toBe(true);
  const known = [place.apiUrl, `http://${place.temporalAddress}`, place.uiUrl!].map((url) => Number(new URL(url).port));
  expect(ports.filter(({ host }) => host === '127.0.0.1').map(({ port }) => port)).toEqual(expect.arrayContaining(known));
  expect(ports.filter(({ host }) => host !== '127.0.0.1').length).toBe(2);
});

describe('on every port', () => {
  test('a foreign page starts, reads and makes nothing', async () => {
    const before = await state();
    const page = await pageAt(`http://evil.test:${(site.address() as AddressInfo).port}/`);
    for (const { host, port } of ports) expect([port, await attack(page, host, port)]).toEqual([port, []]);
    expect(await state()).toEqual(before);
    await page.close();
  }, 240_000);

  test('a page of the same site, another program on localhost, starts, reads and makes nothing', async () => {
    const before = await state();
    const page = await pageAt(`http://localhost:${(site.address() as AddressInfo).port}/`);
    for (const { port } of ports.filter(({ host }) => host === '127.0.0.1')) {
      expect([port, await attack(page, 'localhost', port)]).toEqual([port, []]);
    }
    expect(await state()).toEqual(before);
    await page.close();
  }, 120_000);

  test('a page whose name was pointed here starts, reads and makes nothing', async () => {
    const before = await state();
    for (const { port } of ports.filter(({ host }) => host === '127.0.0.1')) {
      const page = await pageAt(`http://rebound.test:${port}/`);
      expect([port, await attack(page, 'rebound.test', port)]).toEqual([port, []]);
      await page.close();
    }
    expect(await state()).toEqual(before);
  }, 120_000);

  test('a form that a foreign page submits makes nothing', async () => {
    const before = await state();
    for (const { port } of ports.filter(({ host }) => host === '127.0.0.1')) {
      const page = await pageAt(`http://evil.test:${(site.address() as AddressInfo).port}/`);
      await page.setContent(`<form method="post" enctype="text/plain" action="http://127.0.0.1:${port}/v1/threads"></form>`);
      await page.evaluate('document.forms[0].submit()');
      await page.waitForTimeout(300);
      await page.close();
    }
    expect(await state()).toEqual(before);
  }, 60_000);
});

describe('the Temporal UI', () => {
  test('shows its user the run, and sends nothing to other hosts', async () => {
    const page = await browser.newPage();
    const hosts = new Set<string>();
    const refused: string[] = [];
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) refused.push(message.text());
    });
    await page.goto(`${place.uiUrl}/namespaces/default/workflows`);
    await page.locator('a:has-text("run_")').first().click();
    await page.getByText('executeRun').first().waitFor();
    expect([...hosts].filter((host) => host !== '')).toEqual([new URL(place.uiUrl!).host]);
    expect(refused).toEqual([]);
    await page.close();
  }, 60_000);

  test('is not shown within another page', async () => {
    const page = await pageAt(`http://evil.test:${(site.address() as AddressInfo).port}/`);
    await page.setContent(`<iframe src="${place.uiUrl}"></iframe>`);
    await page.waitForTimeout(1_000);
    expect(page.frames().some((frame) => frame.url().startsWith(place.uiUrl!))).toBe(false);
    await page.close();
  }, 30_000);
});

test('no browser connects to the ports of the HTTP API and the metrics of Temporal', async () => {
  const page = await pageAt(`http://evil.test:${(site.address() as AddressInfo).port}/`);
  const reached: number[] = [];
  const control = await freePort(0);
  for (const port of [...CLOSED_TO_BROWSERS, control]) {
    const open = createServer((_request, response) => response.setHeader('access-control-allow-origin', '*').end('read'));
    const listening = await new Promise((resolve) => {
      open.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    const url = `http://evil.test:${port}/`;
    if (
      listening &&
      (await page.evaluate(
        (target) =>
          fetch(target).then(
            (answer) => answer.ok,
            () => false,
          ),
        url,
      ))
    )
      reached.push(port);
    open.close();
  }
  expect(reached).toEqual([control]);
  await page.close();
});

test('bytes that are no gRPC end a connection to Temporal, and others go on', async () => {
  const [host, port] = place.temporalAddress.split(':');
  const socket = connectSocket(Number(port), host).on('error', () => {});
  socket.write('POST / HTTP/1.1\r\nhost: x\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  expect((await temporal.workflow.count()).count).toBeGreaterThan(0);
});
