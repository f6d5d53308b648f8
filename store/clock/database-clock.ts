import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database } from '../database.ts';
import { MOST_SKEW_MS, type Clock } from './clock.ts';
import { OffsetSamples, type OffsetSample } from './offset-samples.ts';
import { processClock, type ProcessClock } from './process-clock.ts';

export interface DatabaseClockOptions {
  /**
   * Told when the host's clock begins to differ too much from the database's, with how far it is ahead in seconds, and with
   * null when that has ended.
   */
  onSkew?: ((seconds: number | null) => void) | undefined;
  /** The clocks of this process; tests bring wrong ones. */
  process?: ProcessClock;
}

/** Between two looks at whether the process stood still, and between two measurements, in milliseconds. */
const TICK_MS = 1_000;
const MEASURE_MS = 5_000;
/** A measurement older than that is none: the process stood still, or the database was away. */
const TRUSTED_MS = 4 * MEASURE_MS;
/** By how much the two clocks of a process may part between measurements, in milliseconds: more is a sleep or a clock that was set. */
const PARTED_MS = 500;
/** Measurements at the start: the first statements of a connection are slow. */
const FIRST_SAMPLES = 3;
/** Measurements that are made before one is given up that the process stood still in. */
const ATTEMPTS = 3;
/** A correction backwards up to that holds the time still until it has caught up, in milliseconds; a larger one shows. */
const HELD_MS = 1_000;
/** A skew that has begun ends that much below its bound, in milliseconds, so that it does not come and go. */
const HYSTERESIS_MS = 100;

/**
 * The time of a database on another host: this process' monotonic clock plus an offset that is measured every few seconds.
 * Setting the host's clock changes nothing in it.
 */
export class DatabaseClock implements Clock {
  readonly #process: ProcessClock;
  readonly #onSkew: (seconds: number | null) => void;
  readonly #samples = new OffsetSamples();
  #db: Kysely<Database> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #measuring: Promise<void> | null = null;
  /** When it was measured last, on the monotonic clock. */
  #measuredMs = Number.NEGATIVE_INFINITY;
  /** The host's clock minus the monotonic one, then. */
  #partedMs = 0;
  /** The latest time that was given. */
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

  /** Stable within a statement, so that an index can be used, unlike `clock_timestamp()`. */
  sqlNow(): RawBuilder<Date> {
    return sql<Date>`now()`;
  }

  async ask(db: Kysely<Database>): Promise<Date> {
    const { sample, partedMs, databaseMs } = await this.#sample(db);
    if (partedMs <= PARTED_MS) this.#take(sample);
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
    // What a host that slept, or whose database did not answer for long, seems to differ by says nothing.
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

  /** How far the host's clock and the monotonic one are apart: constant, unless the host sleeps or its clock is set. */
  #apartMs(): number {
    return this.#process.wallMs() - this.#process.monotonicMs();
  }

  get #inDoubt(): boolean {
    const since = this.#process.monotonicMs() - this.#measuredMs;
    return since > TRUSTED_MS || Math.abs(this.#apartMs() - this.#partedMs) > PARTED_MS;
  }

  /** `partedMs`: how far the clocks of this process parted meanwhile */
  async #sample(db: Kysely<Database>): Promise<{ sample: OffsetSample; partedMs: number; databaseMs: number }> {
    const apartMs = this.#apartMs();
    const beganMs = this.#process.monotonicMs();
    const { rows } = await sql<{ ms: string }>`select extract(epoch from clock_timestamp()) * 1000 as ms`.execute(db);
    const atMs = this.#process.monotonicMs();
    const databaseMs = Number(rows[0]!.ms);
    const sample = { offsetMs: databaseMs - (beganMs + atMs) / 2, roundTripMs: atMs - beganMs, atMs };
    return { sample, partedMs: Math.abs(this.#apartMs() - apartMs), databaseMs };
  }

  #take(sample: OffsetSample): void {
    this.#samples.add(sample);
    this.#measuredMs = sample.atMs;
    this.#partedMs = this.#apartMs();
  }

  #measure(): Promise<void> {
    this.#measuring ??= this.#measureOnce().finally(() => {
      this.#measuring = null;
    });
    return this.#measuring;
  }

  async #measureOnce(): Promise<void> {
    // The wait for a connection is no part of the round trip.
    await this.#db?.connection().execute(async (connection) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { sample, partedMs } = await this.#sample(connection);
        if (partedMs > PARTED_MS) continue;
        this.#take(sample);
        return;
      }
    });
  }

  async #tick(): Promise<void> {
    const due = this.#process.monotonicMs() - this.#measuredMs >= MEASURE_MS;
    // While the database does not answer its time is as it was; others say so.
    if (due || this.#inDoubt) await this.#measure().catch(() => undefined);
    if (this.#db !== undefined) this.isSkewed();
  }
}
