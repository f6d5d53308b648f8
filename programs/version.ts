import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('durable-assistants/package.json') as { version: string };

export { version };
