import type { WaitingCall } from '../contracts/people.ts';

/** The memo of an orchestrated run's workflow. */
export interface RunMemo {
  assistantId?: string;
  threadId?: string;
  runId?: string;
  waiting?: WaitingCall[];
  waitingCount?: number;
  leftBehind?: boolean;
}
