import type { Message } from '../../schemas/message.ts';
import type { MessageRow } from '../database/tables.ts';
import { unixSeconds } from '../database/time.ts';

export function messageToWire(row: Omit<MessageRow, 'seq' | 'tokens'>): Message {
  return {
    id: row.id,
    object: 'thread.message',
    created_at: unixSeconds(row.created_at),
    assistant_id: row.assistant_id,
    thread_id: row.thread_id,
    run_id: row.run_id,
    role: row.role,
    content: row.content,
    attachments: [],
    metadata: row.metadata,
  };
}
