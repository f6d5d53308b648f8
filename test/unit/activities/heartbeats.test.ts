// pure: how often activities send heartbeats
import { expect, test } from '@jest/globals';
import { heartbeatIntervalMs } from '../../../activities/heartbeats.ts';
import { SHORTEST_HEARTBEAT_TIMEOUT_MS } from '../../../contracts/timeouts.ts';

test('several heartbeats in each timeout, and one a second at least', () => {
  expect(heartbeatIntervalMs(SHORTEST_HEARTBEAT_TIMEOUT_MS)).toBe(500);
  expect(heartbeatIntervalMs(4_000)).toBe(1_000);
  expect(heartbeatIntervalMs(3_600_000)).toBe(1_000);
  expect(heartbeatIntervalMs(undefined)).toBe(1_000);
});
