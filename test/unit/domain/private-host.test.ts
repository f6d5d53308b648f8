// pure
import { expect, test } from '@jest/globals';
import { isPrivateHost } from '../../../domain/private-host.ts';

const hostOf = (url: string): string => new URL(url).hostname;

test.each([
  'http://127.0.0.1/x',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://10.1.2.3/',
  'http://172.31.0.1/',
  'http://192.168.0.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://100.64.0.1/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[fd00::1]/',
  'http://[fe80::1]/',
  'http://localhost:8080/',
  'http://gateway/',
  'http://gpu-7.internal/',
  'http://api.default.svc/',
  'http://printer.local./',
])('%s is private', (url) => {
  expect(isPrivateHost(hostOf(url))).toBe(true);
});

test.each([
  'https://example.com/a.png',
  'https://8.8.8.8/',
  'https://172.32.0.1/',
  'https://[2001:4860::1]/',
  'https://localhost.example.com/',
])('%s is not', (url) => {
  expect(isPrivateHost(hostOf(url))).toBe(false);
});
