import { startTestService } from './service.ts';

/** The endpoint under test: the one that is named, or a service of our own with the built-in rules. */
export async function baseUrlForAcceptance(): Promise<{ baseUrl: string; stop: () => Promise<void> }> {
  const named = process.env['ACCEPTANCE_BASE_URL'];
  if (named !== undefined) return { baseUrl: named, stop: async () => {} };
  const service = await startTestService();
  return { baseUrl: service.service.apiUrl, stop: () => service.close() };
}
