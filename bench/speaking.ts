/** A question with this word in it makes the model of the benches speak: so many pieces, one every so many milliseconds. */
export const SPEAK = 'speak';
export const PIECES = 300;
const PIECE_MS = 20;

/** Now, on the clock that all processes of a machine share, in milliseconds. */
export const sharedClock = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Pieces that say when they were sent. */
export async function* speak(): AsyncGenerator<string> {
  const began = performance.now();
  for (let piece = 0; piece < PIECES; piece += 1) {
    const wait = began + piece * PIECE_MS - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    yield ` ${sharedClock()}`;
  }
}
