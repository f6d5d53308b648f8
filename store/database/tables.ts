import type { OutboxCommand } from '../../contracts/outbox-command.ts';
import type { ColumnType, Generated, JSONColumnType, Selectable } from 'kysely';
import type { Assistant } from '../../schemas/assistant.ts';
import type { Message, MessageContent } from '../../schemas/message.ts';
import type { Metadata } from '../../schemas/metadata.ts';
import type { Run, RunStatus } from '../../schemas/run.ts';
import type { RunStep, RunStepStatus, StepDetails } from '../../schemas/run-step.ts';
import type { BuiltInToolType } from '../../schemas/tools.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { TurnOutcome } from '../../domain/model-turn.ts';
import type { BuiltInToolCall } from '../../domain/tool-call.ts';

/** The tables as Kysely types; `migrations/*.sql` is authoritative. JSON columns are written as text and read as objects. */
export interface Database {
  projects: ProjectsTable;
  assistants: AssistantsTable;
  threads: ThreadsTable;
  runs: RunsTable;
  messages: MessagesTable;
  run_steps: RunStepsTable;
  run_turns: RunTurnsTable;
  built_in_calls: BuiltInCallsTable;
  run_attempts: RunAttemptsTable;
  run_events: RunEventsTable;
  outbox: OutboxTable;
  idempotency_keys: IdempotencyKeysTable;
  deleted_objects: DeletedObjectsTable;
}

type Json<T extends object> = JSONColumnType<T>;
type NullableJson<T extends object> = ColumnType<T | null, string | null, string | null>;
/** Both engines return bigint columns as text. */
type Seq = ColumnType<string, never, never>;
type Counter = ColumnType<string, number | undefined, number>;

/** Optional numbers are stored as sent, since "not set" and "set to the default" reach the model differently. */
export type AssistantSettings = Omit<Assistant, 'id' | 'object' | 'created_at' | 'metadata' | 'temperature' | 'top_p'> & {
  temperature: number | null;
  top_p: number | null;
};

interface ProjectsTable {
  id: string;
  created_at: Generated<Date>;
}

interface AssistantsTable {
  project_id: string;
  id: string;
  seq: Seq;
  created_at: Date;
  settings: Json<AssistantSettings>;
  metadata: Json<Metadata>;
}

interface ThreadsTable {
  project_id: string;
  id: string;
  seq: Seq;
  created_at: Date;
  metadata: Json<Metadata>;
}

export type RunSettings = Pick<
  Run,
  | 'model'
  | 'instructions'
  | 'tools'
  | 'reasoning_effort'
  | 'max_completion_tokens'
  | 'max_prompt_tokens'
  | 'truncation_strategy'
  | 'response_format'
  | 'tool_choice'
  | 'parallel_tool_calls'
> & { temperature: number | null; top_p: number | null };

/** A call of a built-in tool that a run waits for. */
export interface PendingCall {
  id: string;
  tool: BuiltInToolType;
}

interface RunsTable {
  project_id: string;
  id: string;
  seq: Seq;
  thread_id: string;
  assistant_id: string;
  status: RunStatus;
  holds_thread: boolean;
  attempt_in_flight: Generated<boolean>;
  fence: Counter;
  turn: Generated<number>;
  pending_call: NullableJson<PendingCall>;
  turn_failures: Generated<number>;
  event_seq: Counter;
  streamed: Generated<boolean>;
  turn_events: Generated<number>;
  deltas_until: Date | null;
  presumed_lost_at: Date | null;
  revivals: Generated<number>;
  created_at: Date;
  expires_at: Date;
  started_at: Date | null;
  cancelling_at: Date | null;
  cancelled_at: Date | null;
  failed_at: Date | null;
  completed_at: Date | null;
  required_action: NullableJson<NonNullable<Run['required_action']>>;
  last_error: NullableJson<NonNullable<Run['last_error']>>;
  incomplete_details: NullableJson<NonNullable<Run['incomplete_details']>>;
  settings: Json<RunSettings>;
  metadata: Json<Metadata>;
  usage: NullableJson<Usage>;
}

interface MessagesTable {
  project_id: string;
  id: string;
  seq: Seq;
  thread_id: string;
  run_id: string | null;
  assistant_id: string | null;
  role: Message['role'];
  status: 'in_progress' | 'incomplete' | 'completed';
  discarded: Generated<boolean>;
  created_at: Date;
  completed_at: Date | null;
  incomplete_at: Date | null;
  incomplete_details: NullableJson<{ reason: string }>;
  content: Json<MessageContent[]>;
  metadata: Json<Metadata>;
  tokens: number | null;
}

interface RunStepsTable {
  project_id: string;
  id: string;
  seq: Seq;
  run_id: string;
  thread_id: string;
  assistant_id: string;
  turn: number;
  type: RunStep['type'];
  status: RunStepStatus;
  created_at: Date;
  cancelled_at: Date | null;
  completed_at: Date | null;
  failed_at: Date | null;
  last_error: NullableJson<NonNullable<RunStep['last_error']>>;
  details: Json<StepDetails>;
  usage: NullableJson<Usage>;
}

interface RunTurnsTable {
  project_id: string;
  run_id: string;
  turn: number;
  fence: number | string;
  finished_at: Date;
  outcome: Json<TurnOutcome>;
}

interface BuiltInCallsTable {
  project_id: string;
  run_id: string;
  id: string;
  turn: number;
  position: number;
  step_id: string | null;
  call: Json<BuiltInToolCall>;
  output: NullableJson<{ text: string }>;
}

export type AttemptOutcome = 'finished' | 'failed' | 'released' | 'lost' | 'cancelled' | 'expired';

interface RunAttemptsTable {
  project_id: string;
  run_id: string;
  fence: number | string;
  turn: number;
  call_id: string | null;
  began_at: Date;
  ended_at: Date | null;
  outcome: AttemptOutcome | null;
  error: string | null;
  retry_at: Date | null;
}

interface RunEventsTable {
  project_id: string;
  run_id: string;
  seq: number | string;
  created_at: Date;
  event: string;
  data: Json<Record<string, unknown>>;
}

interface OutboxTable {
  id: string;
  project_id: string;
  action: OutboxCommand['action'];
  workflow_type: string | null;
  workflow_id: string | null;
  job: string | null;
  arguments: Json<{ args: readonly unknown[]; signal?: string }>;
  created_at: Date;
  attempts: Generated<number>;
  next_attempt_at: Date;
}

interface IdempotencyKeysTable {
  project_id: string;
  route: string;
  key: string;
  body_hash: string;
  created_at: Date;
  answer: NullableJson<object>;
}

interface DeletedObjectsTable {
  project_id: string;
  id: string;
  seq: string;
  deleted_at: Date;
}

export type AssistantRow = Selectable<AssistantsTable>;
export type ThreadRow = Selectable<ThreadsTable>;
export type RunRow = Selectable<RunsTable>;
export type MessageRow = Selectable<MessagesTable>;
export type RunStepRow = Selectable<RunStepsTable>;
export type BuiltInCallRow = Selectable<BuiltInCallsTable>;
export type RunAttemptRow = Selectable<RunAttemptsTable>;
export type OutboxRow = Selectable<OutboxTable>;
