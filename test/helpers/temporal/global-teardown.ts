export { stopSharedTemporal as default } from './shared-server.ts';
