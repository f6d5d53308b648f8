// pure
import { describe, expect, test } from '@jest/globals';
import {
  CANCELLING_LIMIT_MS,
  canFollow,
  dueChange,
  IllegalTransition,
  isTerminal,
  transition,
} from '../../../domain/run-state.ts';
import { RunStatus } from '../../../schemas/run.ts';

const now = new Date('2026-01-01T00:00:00Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);

describe('transition', () => {
  test('terminal is terminal: no status follows a terminal one', () => {
    for (const from of RunStatus.options.filter(isTerminal)) {
      for (const to of RunStatus.options) expect(canFollow(from, to)).toBe(false);
    }
  });

  test('every status that is not terminal can expire or be cancelled, so no run is stuck', () => {
    for (const from of RunStatus.options.filter((status) => !isTerminal(status))) {
      expect(canFollow(from, 'cancelled')).toBe(true);
      expect(canFollow(from, 'expired')).toBe(true);
    }
  });

  test('the thread is held exactly while the status is not terminal', () => {
    expect(transition('in_progress', { to: 'completed' }, now).holds_thread).toBe(false);
    expect(transition('requires_action', { to: 'queued' }, now).holds_thread).toBe(true);
    expect(transition('in_progress', { to: 'cancelling' }, now).holds_thread).toBe(true);
  });

  test('required_action is null in every other status, also while cancelling', () => {
    expect(transition('requires_action', { to: 'cancelling' }, now).required_action).toBeNull();
    expect(transition('requires_action', { to: 'queued' }, now).required_action).toBeNull();
  });

  test('started_at is set again when the run is taken up after a submission', () => {
    expect(transition('queued', { to: 'in_progress' }, now).started_at).toBe(now);
    expect(transition('requires_action', { to: 'queued' }, now)).not.toHaveProperty('started_at');
  });

  test('an impossible change throws', () => {
    expect(() => transition('completed', { to: 'queued' }, now)).toThrow(IllegalTransition);
    expect(() => transition('queued', { to: 'completed' }, now)).toThrow(IllegalTransition);
  });
});

describe('dueChange', () => {
  const run = { expires_at: later(1_000), cancelling_at: null };

  test('nothing is due before expires_at', () => {
    expect(dueChange({ ...run, status: 'requires_action' }, later(999))).toBeNull();
  });

  test.each(['queued', 'in_progress', 'requires_action'] as const)('%s at expires_at → expired', (status) => {
    expect(dueChange({ ...run, status }, later(1_000))).toEqual({ to: 'expired' });
  });

  test('a terminal run never expires', () => {
    expect(dueChange({ ...run, status: 'completed' }, later(10_000))).toBeNull();
  });

  test('cancelling for five seconds → cancelled', () => {
    const cancelling = { status: 'cancelling' as const, expires_at: later(600_000), cancelling_at: now };
    expect(dueChange(cancelling, later(CANCELLING_LIMIT_MS - 1))).toBeNull();
    expect(dueChange(cancelling, later(CANCELLING_LIMIT_MS))).toEqual({ to: 'cancelled' });
  });
});
