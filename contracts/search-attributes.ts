import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * Search attributes of our workflows, prefixed so that they collide with nobody's. `doctor --fix` registers them; where they
 * are not registered, workflows do without. They are all there or none is used.
 */
export const searchAttributes = {
  assistantId: defineSearchAttributeKey('AssistantsAssistantId', 'KEYWORD'),
  threadId: defineSearchAttributeKey('AssistantsThreadId', 'KEYWORD'),
  /** As the API says it, and `waiting_in_queue`, `waiting_for_people`; `requires_action` once it has lasted for a second. */
  runStatus: defineSearchAttributeKey('AssistantsRunStatus', 'KEYWORD'),
  /** The tools of the round that is under way, or was last; the first 25. */
  tool: defineSearchAttributeKey('AssistantsTool', 'KEYWORD_LIST'),
  project: defineSearchAttributeKey('AssistantsProject', 'KEYWORD'),
} as const;

/** Names and types, as Temporal's operator service and its dev server take them. */
export const SEARCH_ATTRIBUTE_TYPES: Readonly<Record<string, 'Keyword' | 'KeywordList'>> = Object.fromEntries(
  Object.values(searchAttributes).map(({ name, type }) => [name, type === 'KEYWORD' ? 'Keyword' : 'KeywordList']),
);
