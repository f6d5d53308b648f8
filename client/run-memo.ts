import type { WaitingCall } from '../contracts/people.ts';

/** What a run's memo says of it. */
export interface RunMemo {
  assistantId?: string;
  threadId?: string;
  runId?: string;
  waiting?: WaitingCall[];
  waitingCount?: number;
  leftBehind?: boolean;
}
