/** Sends RATE hostile requests per second to API_URL until it is ended. A separate process, so that it does not slow clients. */
import { setTimeout as delay } from 'node:timers/promises';
import { sendHostileRequest } from './scenarios/hostile-requests.ts';

const { API_URL, RATE } = process.env;
process.stdout.write('flooding\n');
for (let n = 0; ; n += 1) {
  void sendHostileRequest(API_URL!, n);
  await delay(1_000 / Number(RATE));
}
