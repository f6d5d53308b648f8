import { decideTurn, type TurnDecision, type TurnEnd, type TurnOutcome } from '../../domain/model-turn.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import type { MessageContent } from '../../schemas/message.ts';
import type { StepDetails } from '../../schemas/run-step.ts';
import type { FunctionToolCall } from '../../schemas/tools.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { MessageRow, RunStepRow } from '../database/tables.ts';
import { newId } from '../database/ids.ts';
import { EventBuffer } from './event-buffer.ts';
import type { TurnClaim } from './turn-claim.ts';
import type { TurnProgress } from '../steps/written-rows.ts';
import {
  callDelta,
  messageClosed,
  messageDelta,
  messageOpened,
  stepClosed,
  stepOpened,
  type NewRow,
} from '../events/wire-events.ts';

/** A row, with the number of the turn's events when it was opened and when it was last changed. */
interface Drafted<Row> {
  row: NewRow<Row>;
  openedAt: number;
  changedAt: number;
}

/** Why the message is incomplete after this decision; null if it is complete. */
function incompleteReason(decision: TurnDecision): 'max_tokens' | 'content_filter' | null {
  if (decision.kind !== 'incomplete') return null;
  return decision.details.reason === 'content_filter' ? 'content_filter' : 'max_tokens';
}

/**
 * A turn while the model answers: its message, its steps and its stream events, in the recorded order. Only one step is open at
 * a time, and text precedes calls. The draft writes nothing. The writer confirms how many events it has written.
 */
export class TurnDraft {
  readonly events: EventBuffer;
  readonly #claim: TurnClaim;
  readonly #now: () => Date;
  #message: Drafted<MessageRow> | null = null;
  #messageStep: Drafted<RunStepRow> | null = null;
  #callStep: Drafted<RunStepRow> | null = null;
  readonly #calls: FunctionToolCall[] = [];
  #text = '';
  #refusal: string | null = null;

  constructor(claim: TurnClaim, now: () => Date) {
    this.#claim = claim;
    this.#now = now;
    this.events = new EventBuffer(claim.streamed);
  }

  /** The run as events of steps show it: in progress, since any event that ends the run comes after them. */
  get #run() {
    return { status: 'in_progress' as const, expires_at: this.#claim.expiresAt };
  }

  #newStep(details: StepDetails): Drafted<RunStepRow> {
    const { projectId, runId, threadId, assistantId, turn } = this.#claim;
    const row: NewRow<RunStepRow> = {
      project_id: projectId,
      id: newId('step'),
      run_id: runId,
      thread_id: threadId,
      assistant_id: assistantId,
      turn,
      type: details.type,
      status: 'in_progress',
      created_at: this.#now(),
      cancelled_at: null,
      completed_at: null,
      failed_at: null,
      last_error: null,
      details,
      usage: null,
    };
    return { row, openedAt: this.events.count, changedAt: this.events.count };
  }

  #openMessage(): Drafted<MessageRow> {
    const { projectId, runId, threadId, assistantId } = this.#claim;
    const row: NewRow<MessageRow> = {
      project_id: projectId,
      id: newId('message'),
      thread_id: threadId,
      run_id: runId,
      assistant_id: assistantId,
      role: 'assistant',
      status: 'in_progress',
      discarded: false,
      created_at: this.#now(),
      completed_at: null,
      incomplete_at: null,
      incomplete_details: null,
      content: [],
      metadata: {},
    };
    this.#messageStep = this.#newStep({ type: 'message_creation', message_creation: { message_id: row.id } });
    this.#message = { row, openedAt: this.events.count, changedAt: this.events.count };
    this.events.emit(...stepOpened(this.#messageStep.row, this.#run), ...messageOpened(row));
    return this.#message;
  }

  #closeMessage(incomplete: 'max_tokens' | 'content_filter' | null, usage: Usage): void {
    const [message, step] = [this.#message, this.#messageStep];
    if (!message || !step || message.row.status !== 'in_progress') return;
    const now = this.#now();
    message.changedAt = this.events.count;
    step.changedAt = this.events.count;
    message.row.status = incomplete ? 'incomplete' : 'completed';
    if (incomplete) {
      message.row.incomplete_at = now;
      message.row.incomplete_details = { reason: incomplete };
    } else message.row.completed_at = now;
    Object.assign(step.row, { status: 'completed', completed_at: now, usage });
    this.events.emit(messageClosed(message.row), stepClosed(step.row, this.#run));
  }

  #addContent(type: 'text' | 'refusal', delta: string): void {
    const { row } = this.#message ?? this.#openMessage();
    const last = row.content.at(-1);
    const index = row.content.length - 1;
    if (last?.type === 'text' && type === 'text') {
      last.text.value += delta;
      if (this.events.merge('text', delta)) return;
      const part = { type, text: { value: delta } };
      this.events.emitDelta(messageDelta(row.id, index, part), 'text', (more) => void (part.text.value += more));
    } else if (last?.type === 'refusal' && type === 'refusal') {
      last.refusal += delta;
      this.events.emit(messageDelta(row.id, index, { type, refusal: delta }));
    } else {
      const part: MessageContent = type === 'text' ? { type, text: { value: delta, annotations: [] } } : { type, refusal: delta };
      row.content.push(part);
      const emitted = structuredClone(part);
      const event = messageDelta(row.id, index + 1, emitted);
      if (emitted.type !== 'text') this.events.emit(event);
      else this.events.emitDelta(event, 'text', (more) => void (emitted.text.value += more));
    }
  }

  /** Text after a call does not become part of the message, which is already closed. The model sees it again in the next turn. */
  addText(delta: string): void {
    this.#text += delta;
    if (!this.#callStep) this.#addContent('text', delta);
  }

  addRefusal(delta: string): void {
    this.#refusal = (this.#refusal ?? '') + delta;
    if (!this.#callStep) this.#addContent('refusal', delta);
  }

  /** Begins the next call. Its id is ours: providers repeat theirs, or send none. */
  beginCall(name: string): void {
    this.#closeMessage(null, NO_USAGE);
    if (!this.#callStep) {
      this.#callStep = this.#newStep({ type: 'tool_calls', tool_calls: [] });
      this.events.emit(...stepOpened(this.#callStep.row, this.#run));
    }
    const id = newId('call');
    const index = this.#calls.push({ id, type: 'function', function: { name, arguments: '' } }) - 1;
    const first = { index, id, type: 'function' as const, function: { name, arguments: '', output: null } };
    this.events.emit(callDelta(this.#callStep.row.id, first));
  }

  /** Adds to the arguments of a call; `index` counts the calls in the order in which they began. */
  addArguments(index: number, delta: string): void {
    this.#calls[index]!.function.arguments += delta;
    const of = `call ${index}`;
    if (this.events.merge(of, delta)) return;
    const call = { index, type: 'function' as const, function: { arguments: delta } };
    const event = callDelta(this.#callStep!.row.id, call);
    this.events.emitDelta(event, of, (more) => void (call.function.arguments += more));
  }

  /**
   * Ends the turn. Its usage is set on its last step, so that the sum over the steps is the run's usage. A turn without any
   * output creates an empty message, since callers read the newest message as the answer. Incomplete calls are not handed out.
   */
  finish({ finishReason, usage, extras = null }: TurnEnd): { outcome: TurnOutcome; decision: TurnDecision } {
    const answer: TurnOutcome = { text: this.#text, refusal: this.#refusal, calls: this.#calls, finishReason, usage };
    const decision = decideTurn(answer);
    const outcome = decision.kind === 'requires_action' && extras ? { ...answer, extras } : answer;
    if (decision.kind === 'failed') return { outcome, decision };
    const step = this.#callStep;
    if (step) {
      const calls = this.#calls.map((call) => ({ ...call, function: { ...call.function, output: null } }));
      step.row.details = { type: 'tool_calls', tool_calls: calls };
      step.row.usage = usage;
    }
    if (step && decision.kind === 'requires_action') {
      step.changedAt = Infinity;
      return { outcome, decision };
    }
    if (step) {
      step.changedAt = this.events.count;
      Object.assign(step.row, { status: 'cancelled', cancelled_at: this.#now() });
      this.events.emit(stepClosed(step.row, this.#run));
    }
    if (!this.#message) this.#addContent('text', '');
    this.#closeMessage(incompleteReason(decision), step ? NO_USAGE : usage);
    return { outcome, decision };
  }

  /**
   * What remains to be written if `written` of the turn's events are already stored. Serialise it at once: later deltas change
   * it.
   */
  since(written: number): TurnProgress {
    const changed = <Row>(drafts: readonly (Drafted<Row> | null)[]): NewRow<Row>[] =>
      drafts.flatMap((draft) => (draft && draft.changedAt >= written ? [{ ...draft.row }] : []));
    return {
      events: this.events.after(written),
      messages: changed([this.#message]).map((row) => ({ ...row, written: this.#message!.openedAt < written })),
      steps: changed([this.#messageStep, this.#callStep]),
    };
  }
}
