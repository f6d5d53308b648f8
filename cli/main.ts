#!/usr/bin/env node
// No static imports: an older Node would fail to load them, with a stack trace instead of the message below.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`durable-assistants needs Node 22.12 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
// What was compiled once is kept in the system's temporary directory: commands start in half the time.
const { enableCompileCache } = await import('node:module');
enableCompileCache();
await import('./program.ts');
