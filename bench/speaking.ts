/** A question that contains this word makes the benches' model speak: `DELTAS` deltas, one every `DELTA_MS` milliseconds. */
export const SPEAK = 'speak';
export const DELTAS = 300;
const DELTA_MS = 20;

/** The monotonic clock that all processes of a machine share, in milliseconds. */
export const sharedClock = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Yields deltas whose text is the time at which they were sent. */
export async function* speak(): AsyncGenerator<string> {
  const began = performance.now();
  for (let delta = 0; delta < DELTAS; delta += 1) {
    const wait = began + delta * DELTA_MS - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    yield ` ${sharedClock()}`;
  }
}
