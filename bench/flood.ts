/** Sends hostile requests to API_URL, RATE a second, until it is ended: a process of its own, whose work is not the clients'. */
import { setTimeout as delay } from 'node:timers/promises';
import { sendHostileRequest } from './scenarios/hostile-requests.ts';

const { API_URL, RATE } = process.env;
process.stdout.write('flooding\n');
for (let n = 0; ; n += 1) {
  void sendHostileRequest(API_URL!, n);
  await delay(1_000 / Number(RATE));
}
