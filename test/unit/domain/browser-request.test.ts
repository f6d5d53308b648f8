// pure
import { expect, test } from '@jest/globals';
import { isForeignRequest, isLoopbackHost } from '../../../domain/browser-request.ts';

test.each(['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.9.8.7:1', '[::1]:8080'])('%s is this machine', (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});
test.each([undefined, '', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', '128.0.0.1'])(
  '%s is not',
  (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  },
);

const allowed = new Set(['http://localhost:3000', 'app://desktop']);
test.each([
  ['a program', undefined, undefined, false],
  ['a page of the server itself', 'http://localhost:8080', 'same-origin', false],
  ['the same behind TLS', 'https://localhost:8080', 'same-origin', false],
  ['an address that a user typed', undefined, 'none', false],
  ['a page that is allowed', 'http://localhost:3000', 'same-site', false],
  ['a program with pages that is allowed', 'app://desktop', 'cross-site', false],
  ['another port of this machine', 'http://localhost:3001', 'same-site', true],
  ['another spelling of this machine', 'http://127.0.0.1:8080', 'cross-site', true],
  ['a foreign page', 'https://evil.example', 'cross-site', true],
  ['a foreign page without Origin', undefined, 'cross-site', true],
  ['a page of the same site without Origin', undefined, 'same-site', true],
  ['an opaque origin', 'null', 'cross-site', true],
])('%s (origin %s, %s) → foreign: %s', (_who, origin, secFetchSite, foreign) => {
  expect(isForeignRequest({ host: 'localhost:8080', origin, secFetchSite }, allowed)).toBe(foreign);
});
