/** What there is to say to a model, in tokens. */
export interface ContextSizes {
  /** Instructions and tools: never dropped. */
  fixed: number;
  /** The thread's messages before this run, oldest first. */
  messages: readonly number[];
  /** The run's own tool rounds, oldest first. */
  rounds: readonly number[];
}

/** What of it is said. */
export interface FittedContext {
  /** Places of the messages, in order. */
  messages: number[];
  /** The first round that is said; those before it are dropped. */
  fromRound: number;
}

/** The part of the room that the beginning of a thread may take. */
const BEGINNING = 1 / 4;

/**
 * Makes a conversation fit into `budget` tokens as `truncation_strategy` auto does: dropped from its middle, tool rounds as a
 * whole and the oldest first. The newest message and the newest round are always said; the thread's first message is, if it
 * is short. Null if even that does not fit.
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
  // A round that was dropped came after all messages: the older ones go before it does.
  if (fromRound > 0) return { messages: newest < 0 ? [] : [newest], fromRound };
  const first = newest > 0 && messages[0]! <= left * BEGINNING ? [0] : [];
  if (first.length > 0) left -= messages[0]!;
  let from = Math.max(0, newest);
  while (from > first.length && messages[from - 1]! <= left) {
    from -= 1;
    left -= messages[from]!;
  }
  const tail = messages.map((_, place) => place).slice(from);
  return { messages: [...first, ...tail], fromRound };
}
