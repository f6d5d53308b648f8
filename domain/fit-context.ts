/** The parts of a conversation, with their sizes in tokens. */
export interface ContextSizes {
  /** Instructions and tools: never dropped. */
  fixed: number;
  /** The thread's messages before this run, oldest first. */
  messages: readonly number[];
  /** The run's own tool rounds, oldest first. */
  rounds: readonly number[];
}

/** The parts that fit. */
export interface FittedContext {
  /** Indexes of the messages, in order. */
  messages: number[];
  /** The index of the first included round; those before it are dropped. */
  fromRound: number;
}

/** The largest share of the remaining tokens that the first message of a thread may take. */
const BEGINNING = 1 / 4;

/**
 * Makes a conversation fit into `budget` tokens as `truncation_strategy` auto does. It drops from the middle, tool rounds as a
 * whole and the oldest first. The newest message and the newest round are always included; the thread's first message is
 * included if it is short. Returns null if even the fixed part, the newest message and the newest round do not fit.
 * Source: the API reference's `truncation_strategy`.
 */
export function fitContext({ fixed, messages, rounds }: ContextSizes, budget: number): FittedContext | null {
  const newest = messages.length - 1;
  let left = budget - fixed - (messages[newest] ?? 0) - (rounds.at(-1) ?? 0);
  if (left < 0) return null;
  let fromRound = Math.max(0, rounds.length - 1);
  while (fromRound > 0 && rounds[fromRound - 1]! <= left) {
    fromRound -= 1;
    left -= rounds[fromRound]!;
  }
  // The dropped rounds came after all messages, so the older messages are dropped before them.
  if (fromRound > 0) return { messages: newest < 0 ? [] : [newest], fromRound };
  const first = newest > 0 && messages[0]! <= left * BEGINNING ? [0] : [];
  if (first.length > 0) left -= messages[0]!;
  let from = Math.max(0, newest);
  while (from > first.length && messages[from - 1]! <= left) {
    from -= 1;
    left -= messages[from]!;
  }
  const tail = messages.map((_, index) => index).slice(from);
  return { messages: [...first, ...tail], fromRound };
}
