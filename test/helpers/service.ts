import { afterAll, beforeAll } from '@jest/globals';
import OpenAI from 'openai';
import { connect, type Assistants } from 'durable-assistants/client';
import { startEmbedded, type EmbeddedService } from 'durable-assistants/embedded';
import { startScriptedModel, type ScriptedModel, type ScriptedModelOptions } from 'durable-assistants/scripted-model';
import { createWorker } from 'durable-assistants/worker';
import { assistantTools, type Tool } from 'durable-assistants/tools';
import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { connectNative, temporalTarget } from '../../temporal/native-connection.ts';
import { freshTestData } from './database-template.ts';
import { takeNamespace } from './temporal/shared-server.ts';

export interface TestServiceOptions {
  script?: ScriptedModelOptions['script'];
  /** With tools there is an orchestrator's worker too. */
  tools?: Tool[];
  settings?: Record<string, string>;
  /** A Temporal server of its own, as `npm start` has: for tests that stop it, look at its UI or have two services. */
  ownTemporal?: boolean;
}

/** The whole service with real parts: PGlite, a Temporal dev server, a scripted model over HTTP. */
export interface TestService {
  dataDirectory: string;
  service: EmbeddedService;
  model: ScriptedModel;
  openai: OpenAI;
  assistants: Assistants;
  temporal: Client;
  connection: NativeConnection;
  namespace: string;
  /** A new assistant with these tools; gives its id. */
  assistantWith(tools: readonly Tool[]): Promise<string>;
  close(): Promise<void>;
}

export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const model = await startScriptedModel(options.script === undefined ? {} : { script: options.script });
  const { directory, database, remove } = await freshTestData();
  const shared = options.ownTemporal ? null : await takeNamespace();
  // As for a user: whatever this file or its child processes connect to Temporal with goes by it.
  process.env['TEMPORAL_NAMESPACE'] = shared?.namespace ?? '';
  const service = await startEmbedded({
    settings: {
      DATA_DIR: directory,
      DATABASE_URL: database?.url ?? '',
      PORT: '0',
      TEMPORAL_PORT: '0',
      TEMPORAL_UI_PORT: '0',
      TEMPORAL_ADDRESS: shared?.address ?? '',
      MODEL_BASE_URL: model.baseUrl,
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      SHUTDOWN_GRACE: '0.2',
      ...options.settings,
    },
  });
  const target = temporalTarget(service.temporalAddress);
  const connection = await connectNative(target);
  const worker = await createWorker({
    ...(options.tools && { tools: options.tools }),
    connection,
    namespace: target.namespace,
    endpoint: { baseUrl: service.apiUrl },
    shutdownGraceTime: 200,
  });
  const working = worker.run();
  const temporal = new Client({ connection, namespace: target.namespace });
  const assistants = await connect({
    client: temporal,
    endpoint: { baseUrl: service.apiUrl },
    ...(service.uiUrl && { uiUrl: service.uiUrl }),
  });
  const openai = new OpenAI({ baseURL: service.apiUrl, apiKey: 'none', maxRetries: 0 });
  return {
    service,
    dataDirectory: directory,
    model,
    temporal,
    connection,
    namespace: target.namespace,
    assistants,
    openai,
    assistantWith: async (given) => (await openai.beta.assistants.create({ model: 'm', tools: assistantTools(given) })).id,
    close: async () => {
      worker.shutdown();
      await working;
      await connection.close();
      await service.close();
      await model.close();
      await remove();
    },
  };
}

/** A service for all tests of a file, or of a `describe`: it is started before them and closed after them. */
export function withService(options: TestServiceOptions = {}): TestService {
  let started: TestService | undefined;
  beforeAll(async () => {
    started = await startTestService(options);
  });
  afterAll(() => started?.close());
  return new Proxy({} as TestService, {
    get(_target, name) {
      if (!started) throw new Error('The service is started before the first test, not before.');
      return Reflect.get(started, name) as unknown;
    },
  });
}
