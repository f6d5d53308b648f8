import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * Search attributes of our workflows, with a prefix against name collisions. `doctor --fix` registers them. Workflows use them
 * only if all are registered.
 */
export const searchAttributes = {
  assistantId: defineSearchAttributeKey('AssistantsAssistantId', 'KEYWORD'),
  threadId: defineSearchAttributeKey('AssistantsThreadId', 'KEYWORD'),
  /** The API's status, or `waiting_in_queue` or `waiting_for_people`; `requires_action` only after it has lasted for a second. */
  runStatus: defineSearchAttributeKey('AssistantsRunStatus', 'KEYWORD'),
  /** The tools of the current round, or of the last one; at most 25. */
  tool: defineSearchAttributeKey('AssistantsTool', 'KEYWORD_LIST'),
  project: defineSearchAttributeKey('AssistantsProject', 'KEYWORD'),
} as const;

/** Names and types, as Temporal's operator service and its dev server expect them. */
export const SEARCH_ATTRIBUTE_TYPES: Readonly<Record<string, 'Keyword' | 'KeywordList'>> = Object.fromEntries(
  Object.values(searchAttributes).map(({ name, type }) => [name, type === 'KEYWORD' ? 'Keyword' : 'KeywordList']),
);
