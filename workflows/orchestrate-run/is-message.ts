import { PAYLOAD_LIMIT_BYTES } from '../../contracts/limits.ts';
import type { OrchestrateRunInput } from '../../contracts/orchestrate-run.ts';
import { utf8Length } from '../../contracts/utf8-length.ts';

const isPart = (part: unknown): boolean => typeof part === 'object' && part !== null && 'type' in part;

/** Whether a value has the shape of a message. The activity that creates the run validates the parts in full. */
export function isMessage(value: unknown): value is OrchestrateRunInput['message'] {
  const shaped = typeof value === 'string' ? value !== '' : Array.isArray(value) && value.length > 0 && value.every(isPart);
  return shaped && utf8Length(typeof value === 'string' ? value : JSON.stringify(value)) <= PAYLOAD_LIMIT_BYTES;
}
