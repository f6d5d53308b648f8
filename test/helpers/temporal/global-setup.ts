export { startSharedTemporal as default } from './shared-server.ts';
