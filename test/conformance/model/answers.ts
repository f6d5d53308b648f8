import { CALL_QUIRKS } from './answers/calls.ts';
import { END_QUIRKS } from './answers/ends.ts';
import { SHAPE_QUIRKS } from './answers/shapes.ts';

/** What model endpoints send, and what becomes of the run: docs/reference/models.md is written from it. */
export const ANSWER_QUIRKS = [...CALL_QUIRKS, ...END_QUIRKS, ...SHAPE_QUIRKS];
