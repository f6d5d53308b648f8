import { ApiError, apiErrors } from '../../domain/api-error.ts';
import type { Message } from '../../schemas/message.ts';
import type { Run } from '../../schemas/run.ts';
import type { ProjectContext } from '../../store/context.ts';
import { readRun } from '../../store/runs/read.ts';
import { eventData, isEnd, isPause, type StoredEvent } from '../../store/runs/stream.ts';
import { messageDelta } from '../../store/runs/wire-events.ts';
import { isDatabaseUnavailable } from '../../store/unavailable.ts';
import type { RouteContext } from '../route-context.ts';
import { DONE, errorFrame, frame, HEARTBEAT } from './frames.ts';

type StreamContext = Pick<RouteContext, 'watcher' | 'events' | 'heartbeatMs'>;

export interface RunStreamOptions {
  /** The run as it was when it was asked for: what events do not hold of it. */
  run: Run;
  /** The number of the last event that the reader has; 0: none. */
  after: number;
  /** Where the stream is done: when the run waits for its caller or has ended, or only when it has ended. */
  until: 'pause' | 'end';
  /** Whether events carry their numbers, for a reader that comes back. */
  ids: boolean;
  /** Says the JSON of an event in the reader's dialect. Default: as it is. */
  dialect?: ((json: string) => string) | undefined;
}

/** Before the database is asked again after it did not answer, in milliseconds. */
const DATABASE_AWAY_MS = 1_000;

/** Events as text. Where a message's deltas were forgotten, all of it is one delta, so that who adds them up has it all. */
class Frames {
  readonly #run: Run;
  readonly #ids: boolean;
  readonly #dialect: (json: string) => string;
  /** A message has been opened, and none of it shown. */
  #unshown = false;

  constructor({ run, ids, dialect = (json) => json }: Pick<RunStreamOptions, 'run' | 'ids' | 'dialect'>) {
    this.#run = run;
    this.#ids = ids;
    this.#dialect = dialect;
  }

  of(event: StoredEvent): string {
    const text = frame(event.event, this.#dialect(eventData(this.#run, event)), this.#ids ? event.seq : undefined);
    switch (event.event) {
      case 'thread.message.created':
        this.#unshown = true;
        return text;
      case 'thread.message.delta':
        this.#unshown = false;
        return text;
      case 'thread.message.completed':
      case 'thread.message.incomplete':
        return this.#unshown ? this.#whole(event.data) + text : text;
      default:
        return text;
    }
  }

  #whole(message: string): string {
    this.#unshown = false;
    const { id, content } = JSON.parse(message) as Message;
    const deltas = content.map((part, index) => messageDelta(id, index, part));
    return deltas.map(({ event, data }) => frame(event, JSON.stringify(data))).join('');
  }
}

/** What `ask` gives, or `otherwise` while the database is away: streams outlive that. */
async function whileAvailable<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isDatabaseUnavailable(error)) return otherwise;
    throw error;
  }
}

/**
 * A run's events as text, from a position on, as they come in. It fetches more when it is asked for more. What keeps it from
 * going on is its last event, since its head is sent already.
 */
export async function* runStream(
  services: StreamContext,
  context: ProjectContext,
  options: RunStreamOptions,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* follow(services, context, options);
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
  /** Looked at where nothing comes: nobody may have been there to say that the run is over, or gone. */
  let look = true;
  for (;;) {
    // Listening begins before reading, so that no event falls in between.
    const signal = watcher.next(projectId, run.id);
    try {
      const found = await whileAvailable(() => events.read({ projectId, runId: run.id, after }), null);
      let text = '';
      for (const event of found ?? []) {
        after = event.seq;
        text += frames.of(event);
        if (!isLast(event.event)) continue;
        yield text + DONE;
        return;
      }
      if (text === '') {
        if (watcher.closed) throw apiErrors.streamInterrupted(run.id);
        const untilHeartbeat = heartbeatMs - (performance.now() - quietSince);
        if (look && found !== null) {
          look = false;
          const row = await whileAvailable(() => readRun(context, run.thread_id, run.id), null);
          if (row && Number(row.event_seq) <= after && isLast(`thread.run.${row.status}`)) {
            yield DONE;
            return;
          }
        }
        if (untilHeartbeat <= 0) text = HEARTBEAT;
        else {
          const longest = found === null ? DATABASE_AWAY_MS : watcher.rescanAfterMs;
          const change = await signal.within(Math.min(untilHeartbeat, longest));
          look = change === 'nothing' || change === 'deleted';
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
