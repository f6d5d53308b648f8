#!/usr/bin/env node
// Nothing is imported here: an older Node could not load it, and would say so in a stack trace.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`durable-assistants needs Node 22.12 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
await import('./program.ts');
