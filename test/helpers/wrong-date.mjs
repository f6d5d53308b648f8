/**
 * For `node --import`: the clock of this process is ahead by WRONG_CLOCK_MS milliseconds (negative: behind), as far as its
 * JavaScript can see; its monotonic clock and those of all other processes are right. SIGUSR2 sets it to JUMP_CLOCK_MS ahead,
 * and the next one right.
 */
let aheadMs = Number(process.env.WRONG_CLOCK_MS ?? 0);
const RightDate = Date;
const rightNow = RightDate.now;
const now = () => rightNow() + aheadMs;

const WrongDate = new Proxy(RightDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RightDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
RightDate.prototype.constructor = WrongDate;
globalThis.Date = WrongDate;

if (process.env.JUMP_CLOCK_MS !== undefined) {
  process.on('SIGUSR2', () => {
    aheadMs = aheadMs === 0 ? Number(process.env.JUMP_CLOCK_MS) : 0;
  });
}
