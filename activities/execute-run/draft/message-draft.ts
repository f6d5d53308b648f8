import type { MessageContent } from '../../../schemas/message.ts';
import type { Usage } from '../../../schemas/usage.ts';
import { newId } from '../../../store/database/ids.ts';
import type { MessageRow, RunStepRow } from '../../../store/database/tables.ts';
import { messageClosed, messageDelta, messageOpened, stepClosed, stepOpened } from '../../../store/events/wire-events.ts';
import type { Drafted, DraftedTurn } from './drafted.ts';

interface OpenMessage {
  message: Drafted<MessageRow>;
  step: Drafted<RunStepRow>;
}

/** A turn's message and its step. They are opened by the first content. */
export class MessageDraft {
  readonly #turn: DraftedTurn;
  #opened: OpenMessage | null = null;

  constructor(turn: DraftedTurn) {
    this.#turn = turn;
  }

  get message(): Drafted<MessageRow> | null {
    return this.#opened?.message ?? null;
  }

  get step(): Drafted<RunStepRow> | null {
    return this.#opened?.step ?? null;
  }

  #open(): OpenMessage {
    const { claim, events, run, now } = this.#turn;
    const { projectId, runId, threadId, assistantId } = claim;
    const message = this.#turn.track<MessageRow>({
      project_id: projectId,
      id: newId('message'),
      thread_id: threadId,
      run_id: runId,
      assistant_id: assistantId,
      role: 'assistant',
      status: 'in_progress',
      discarded: false,
      created_at: now(),
      completed_at: null,
      incomplete_at: null,
      incomplete_details: null,
      content: [],
      metadata: {},
    });
    const step = this.#turn.newStep({ type: 'message_creation', message_creation: { message_id: message.row.id } });
    this.#opened = { message, step };
    events.emit(...stepOpened(step.row, run), ...messageOpened(message.row));
    return this.#opened;
  }

  add(type: 'text' | 'refusal', delta: string): void {
    const { events } = this.#turn;
    const { row } = (this.#opened ?? this.#open()).message;
    const last = row.content.at(-1);
    const index = row.content.length - 1;
    if (last?.type === 'text' && type === 'text') {
      last.text.value += delta;
      if (events.merge('text', delta)) return;
      const part = { type, text: { value: delta } };
      events.emitDelta(messageDelta(row.id, index, part), 'text', (more) => void (part.text.value += more));
    } else if (last?.type === 'refusal' && type === 'refusal') {
      last.refusal += delta;
      events.emit(messageDelta(row.id, index, { type, refusal: delta }));
    } else {
      const part: MessageContent = type === 'text' ? { type, text: { value: delta, annotations: [] } } : { type, refusal: delta };
      row.content.push(part);
      const emitted = structuredClone(part);
      const event = messageDelta(row.id, index + 1, emitted);
      if (emitted.type !== 'text') events.emit(event);
      else events.emitDelta(event, 'text', (more) => void (emitted.text.value += more));
    }
  }

  /** Closes the message, if it is open. */
  close(incomplete: 'max_tokens' | 'content_filter' | null, usage: Usage): void {
    if (this.#opened?.message.row.status !== 'in_progress') return;
    const { message, step } = this.#opened;
    const { events, run } = this.#turn;
    const now = this.#turn.now();
    message.changedAt = events.count;
    step.changedAt = events.count;
    message.row.status = incomplete ? 'incomplete' : 'completed';
    if (incomplete) {
      message.row.incomplete_at = now;
      message.row.incomplete_details = { reason: incomplete };
    } else message.row.completed_at = now;
    Object.assign(step.row, { status: 'completed', completed_at: now, usage });
    events.emit(messageClosed(message.row), stepClosed(step.row, run));
  }
}
