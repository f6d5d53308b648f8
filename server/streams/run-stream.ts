import { ApiError } from '../../domain/api-error.ts';
import { apiErrors } from '../../domain/api-errors.ts';
import type { Message } from '../../schemas/message.ts';
import type { Run } from '../../schemas/run.ts';
import type { ProjectContext } from '../../store/database/context.ts';
import { readRun } from '../../store/runs/read.ts';
import { eventData, isEnd, isPause, type StoredEvent } from '../../store/events/stream.ts';
import { messageDelta } from '../../store/events/wire-events.ts';
import { isDatabaseUnavailable } from '../../store/database/unavailable.ts';
import type { RouteContext } from '../route-context.ts';
import { DONE, errorFrame, frame, HEARTBEAT } from './frames.ts';

type StreamContext = Pick<RouteContext, 'watcher' | 'events' | 'heartbeatMs'>;

export interface RunStreamOptions {
  /** The run at the time of the request; supplies the fields that stored events omit. */
  run: Run;
  /** The number of the last event that the reader has received; 0: none. */
  after: number;
  /** Where the stream ends: when the run waits for its caller or has ended (`pause`), or only when it has ended (`end`). */
  until: 'pause' | 'end';
  /** Whether events carry their numbers, for a reader that may reconnect. */
  ids: boolean;
  /** Converts an event's JSON to the reader's dialect. Default: unchanged. */
  dialect?: ((json: string) => string) | undefined;
}

/** Pause before the next attempt when the database does not answer, in milliseconds. */
const DATABASE_RETRY_MS = 1_000;

/**
 * Formats events as text. If a message's deltas have been deleted, its whole content is sent as one delta, so that readers that
 * concatenate deltas get the complete message.
 */
class Frames {
  readonly #run: Run;
  readonly #ids: boolean;
  readonly #dialect: (json: string) => string;
  /** A message has been created, but none of its deltas has been sent. */
  #withoutDeltas = false;

  constructor({ run, ids, dialect = (json) => json }: Pick<RunStreamOptions, 'run' | 'ids' | 'dialect'>) {
    this.#run = run;
    this.#ids = ids;
    this.#dialect = dialect;
  }

  of(event: StoredEvent): string {
    const text = frame(event.event, this.#dialect(eventData(this.#run, event)), this.#ids ? event.seq : undefined);
    switch (event.event) {
      case 'thread.message.created':
        this.#withoutDeltas = true;
        return text;
      case 'thread.message.delta':
        this.#withoutDeltas = false;
        return text;
      case 'thread.message.completed':
      case 'thread.message.incomplete':
        return this.#withoutDeltas ? this.#wholeMessage(event.data) + text : text;
      default:
        return text;
    }
  }

  #wholeMessage(message: string): string {
    this.#withoutDeltas = false;
    const { id, content } = JSON.parse(message) as Message;
    const deltas = content.map((part, index) => messageDelta(id, index, part));
    return deltas.map(({ event, data }) => frame(event, JSON.stringify(data))).join('');
  }
}

/** Returns the result of `read`, or `fallback` if the database is unavailable: streams survive outages. */
async function whileAvailable<T>(read: () => Promise<T>, fallback: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isDatabaseUnavailable(error)) return fallback;
    throw error;
  }
}

/**
 * A run's events as text, from a position on, as they arrive. It reads more only when the consumer is ready for more. An ApiError
 * becomes the stream's last event, since the response headers have already been sent.
 */
export async function* runStream(
  routeContext: StreamContext,
  context: ProjectContext,
  options: RunStreamOptions,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* follow(routeContext, context, options);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    yield errorFrame(error);
  }
}

async function* follow(
  { watcher, events, heartbeatMs }: StreamContext,
  context: ProjectContext,
  { run, until, ids, dialect, ...options }: RunStreamOptions,
): AsyncGenerator<string, void, undefined> {
  const { projectId } = context;
  const isLast = until === 'end' ? isEnd : isPause;
  const frames = new Frames({ run, ids, dialect });
  let { after } = options;
  let quietSince = performance.now();
  /** Whether to check the run's row when there are no events: the run may have ended or been deleted without a notification. */
  let checkRun = true;
  for (;;) {
    // Subscribe before reading, so that no event is missed in between.
    const signal = watcher.next(projectId, run.id);
    try {
      const stored = await whileAvailable(() => events.read({ projectId, runId: run.id, after }), null);
      let text = '';
      for (const event of stored ?? []) {
        after = event.seq;
        text += frames.of(event);
        if (!isLast(event.event)) continue;
        yield text + DONE;
        return;
      }
      if (text === '') {
        if (watcher.closed) throw apiErrors.streamInterrupted(run.id);
        const untilHeartbeat = heartbeatMs - (performance.now() - quietSince);
        if (checkRun && stored !== null) {
          checkRun = false;
          const row = await whileAvailable(() => readRun(context, run.thread_id, run.id), null);
          if (row && Number(row.event_seq) <= after && isLast(`thread.run.${row.status}`)) {
            yield DONE;
            return;
          }
        }
        if (untilHeartbeat <= 0) text = HEARTBEAT;
        else {
          const longest = stored === null ? DATABASE_RETRY_MS : watcher.pollAfterMs;
          const change = await signal.within(Math.min(untilHeartbeat, longest));
          checkRun = change === 'nothing' || change === 'deleted';
        }
      }
      if (text !== '') {
        quietSince = performance.now();
        yield text;
      }
    } finally {
      signal.forget();
    }
  }
}
