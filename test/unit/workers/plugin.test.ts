// pure: what the plugin sets in the options of workers, clients and bundles, and what it leaves alone
import { expect, test } from '@jest/globals';
import { AssistantsPlugin } from 'durable-assistants/worker';
import { converterPaths } from '../../../temporal/converters/converter-paths.ts';

const plugin = new AssistantsPlugin();
const theirs = { payloadConverterPath: '/theirs.js', failureConverterPath: undefined as never, payloadCodecs: [] };

test('nothing set → our converters', async () => {
  expect((await plugin.configureWorker({ taskQueue: 'q' })).dataConverter).toEqual(converterPaths);
  expect(plugin.configureClient({}).dataConverter).toEqual(converterPaths);
  expect(plugin.configureBundler({ workflowsPath: '/w.js' })).toEqual({ workflowsPath: '/w.js', ...converterPaths });
});

test('what its user has set stays; undefined is not set', async () => {
  const merged = { ...converterPaths, payloadConverterPath: '/theirs.js', payloadCodecs: [] };
  expect((await plugin.configureWorker({ taskQueue: 'q', dataConverter: theirs })).dataConverter).toEqual(merged);
  expect(plugin.configureClient({ dataConverter: theirs }).dataConverter).toEqual(merged);
  const bundle = { workflowsPath: '/w.js', failureConverterPath: '/theirs.js' };
  expect(plugin.configureBundler(bundle)).toEqual({ ...converterPaths, ...bundle });
});

test('interceptors of its user stay, behind ours', async () => {
  const own = (): object => ({});
  const { interceptors } = await plugin.configureWorker({
    taskQueue: 'q',
    interceptors: { activity: [own], workflowModules: ['m'] },
  });
  expect(interceptors).toMatchObject({ workflowModules: ['m'] });
  expect(interceptors?.activity).toHaveLength(2);
  expect(interceptors?.activity?.[1]).toBe(own);
});
