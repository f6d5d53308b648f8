import type { Script } from 'durable-assistants/scripted-model';
import { startTestService } from './service.ts';

/** The endpoint under test: the one that is named, with its key, or a service of our own with this script. Default: the built-in rules. */
export async function baseUrlForAcceptance(
  script?: Script,
): Promise<{ baseUrl: string; apiKey: string; stop: () => Promise<void> }> {
  const apiKey = process.env['ACCEPTANCE_API_KEY'] ?? 'none';
  const named = process.env['ACCEPTANCE_BASE_URL'];
  if (named !== undefined) return { baseUrl: named, apiKey, stop: async () => {} };
  const service = await startTestService(script ? { script } : {});
  return { baseUrl: service.service.apiUrl, apiKey, stop: () => service.close() };
}
