import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database } from '../tables.ts';
import { MOST_SKEW_MS, type Clock } from './clock.ts';
import { OffsetSamples, type OffsetSample } from './offset-samples.ts';
import { processClock, type ProcessClock } from './process-clock.ts';

export interface DatabaseClockOptions {
  /**
   * Called when the host's clock begins to differ too much from the database's, with how far it is ahead in seconds, and with
   * null when the difference is acceptable again.
   */
  onSkew?: ((seconds: number | null) => void) | undefined;
  /** The clocks of this process; tests pass wrong ones. */
  process?: ProcessClock;
}

/** Interval between checks whether the process stood still, and between measurements, in milliseconds. */
const TICK_MS = 1_000;
const MEASURE_MS = 5_000;
/** Maximum age of a measurement, in milliseconds. It is older only if the process stood still or the database was unavailable. */
const TRUSTED_MS = 4 * MEASURE_MS;
/**
 * How far the two clocks of a process may drift apart between measurements, in milliseconds. More means that the host slept or
 * its clock was set.
 */
const MOST_DRIFT_MS = 500;
/** Number of measurements at the start: the first statements of a connection are slow. */
const FIRST_SAMPLES = 3;
/** How often a measurement is repeated if the process stood still during it. */
const ATTEMPTS = 3;
/**
 * After a backward correction of up to this many milliseconds, `now` stands still until the time has caught up. A larger
 * correction is visible.
 */
const HELD_MS = 1_000;
/** A reported skew ends this many milliseconds below its limit, so that it does not flap. */
const HYSTERESIS_MS = 100;

/**
 * The time of a database on another host: this process' monotonic clock plus an offset that is measured every few seconds.
 * Setting the host's clock has no effect on it.
 */
export class DatabaseClock implements Clock {
  readonly #process: ProcessClock;
  readonly #onSkew: (seconds: number | null) => void;
  readonly #samples = new OffsetSamples();
  #db: Kysely<Database> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #measurement: Promise<void> | null = null;
  /** Monotonic time of the last measurement. */
  #measuredMs = Number.NEGATIVE_INFINITY;
  /** The host's clock minus the monotonic clock at the last measurement. */
  #measuredGapMs = 0;
  /** The latest time that `now` has returned. */
  #latestMs = Number.NEGATIVE_INFINITY;
  #skewed = false;

  constructor({ onSkew = () => {}, process = processClock }: DatabaseClockOptions = {}) {
    this.#onSkew = onSkew;
    this.#process = process;
  }

  readonly now = (): Date => {
    const ms = this.#estimate().ms;
    if (ms > this.#latestMs || ms <= this.#latestMs - HELD_MS) this.#latestMs = ms;
    return new Date(this.#latestMs);
  };

  uncertaintyMs(): number {
    return this.#estimate().uncertaintyMs;
  }

  /** `now()` is stable within a statement, so that an index can be used, unlike `clock_timestamp()`. */
  sqlNow(): RawBuilder<Date> {
    return sql<Date>`now()`;
  }

  async ask(db: Kysely<Database>): Promise<Date> {
    const { sample, driftMs, databaseMs } = await this.#sample(db);
    if (driftMs <= MOST_DRIFT_MS) this.#record(sample);
    return new Date(databaseMs);
  }

  async ready(): Promise<void> {
    for (let attempt = 0; this.#inDoubt && attempt < ATTEMPTS; attempt += 1) await this.#measure();
  }

  skewSeconds(): number {
    return (this.#process.wallMs() - this.#estimate().ms) / 1_000;
  }

  isSkewed(): boolean {
    const skewMs = this.skewSeconds() * 1_000;
    const certainMs = Math.abs(skewMs) - this.uncertaintyMs();
    const skewed = certainMs > (this.#skewed ? MOST_SKEW_MS - HYSTERESIS_MS : MOST_SKEW_MS);
    // The skew means nothing after the host slept or while the database has not answered for long.
    if (skewed !== this.#skewed && !this.#inDoubt) {
      this.#skewed = skewed;
      this.#onSkew(skewed ? skewMs / 1_000 : null);
    }
    return this.#skewed;
  }

  async start(db: Kysely<Database>): Promise<void> {
    this.#db = db;
    for (let sample = 0; sample < FIRST_SAMPLES; sample += 1) await this.#measure();
    this.isSkewed();
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#db = undefined;
  }

  #estimate(): { ms: number; uncertaintyMs: number } {
    const monotonicMs = this.#process.monotonicMs();
    const best = this.#samples.best(monotonicMs);
    if (best === null) throw new Error('The clock of the database was not started.');
    return { ms: monotonicMs + best.offsetMs, uncertaintyMs: best.uncertaintyMs };
  }

  /** The host's clock minus the monotonic clock: constant, unless the host sleeps or its clock is set. */
  #gapMs(): number {
    return this.#process.wallMs() - this.#process.monotonicMs();
  }

  get #inDoubt(): boolean {
    const since = this.#process.monotonicMs() - this.#measuredMs;
    return since > TRUSTED_MS || Math.abs(this.#gapMs() - this.#measuredGapMs) > MOST_DRIFT_MS;
  }

  /** Measures once. `driftMs`: how far the clocks of this process drifted apart meanwhile. */
  async #sample(db: Kysely<Database>): Promise<{ sample: OffsetSample; driftMs: number; databaseMs: number }> {
    const gapMs = this.#gapMs();
    const beganMs = this.#process.monotonicMs();
    const { rows } = await sql<{ ms: string }>`select extract(epoch from clock_timestamp()) * 1000 as ms`.execute(db);
    const atMs = this.#process.monotonicMs();
    const databaseMs = Number(rows[0]!.ms);
    const sample = { offsetMs: databaseMs - (beganMs + atMs) / 2, roundTripMs: atMs - beganMs, atMs };
    return { sample, driftMs: Math.abs(this.#gapMs() - gapMs), databaseMs };
  }

  #record(sample: OffsetSample): void {
    this.#samples.add(sample);
    this.#measuredMs = sample.atMs;
    this.#measuredGapMs = this.#gapMs();
  }

  #measure(): Promise<void> {
    this.#measurement ??= this.#measureOnce().finally(() => {
      this.#measurement = null;
    });
    return this.#measurement;
  }

  async #measureOnce(): Promise<void> {
    // The round trip must not include the wait for a connection.
    await this.#db?.connection().execute(async (connection) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { sample, driftMs } = await this.#sample(connection);
        if (driftMs > MOST_DRIFT_MS) continue;
        this.#record(sample);
        return;
      }
    });
  }

  async #tick(): Promise<void> {
    const due = this.#process.monotonicMs() - this.#measuredMs >= MEASURE_MS;
    // If the database does not answer, its last known offset is kept. Other parts report the failure.
    if (due || this.#inDoubt) await this.#measure().catch(() => undefined);
    if (this.#db !== undefined) this.isSkewed();
  }
}
