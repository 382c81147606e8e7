import { inOrder } from './rows-among.ts';
import type { Claimed, Due, TimerIndex, TimerRows } from './timers.ts';

/** How long what was claimed is left to its claimer unless it says so earlier, ms. */
export const LEASE_MS = 10_000;

/** Marks the leases of this index among others'. */
const LOCAL = 'row:';

/** Whether a lease was given by an index of rows of this process. */
export const isLocalLease = ({ lease }: Claimed): boolean => lease.startsWith(LOCAL);

/**
 * The rows themselves as the index: nothing to arm, nothing to lose. Leases are known to this process
 * only; two processes may nudge the same, which does no harm.
 */
export function tableTimers(
  rows: TimerRows,
  { leaseMs = LEASE_MS }: { readonly leaseMs?: number } = {},
): TimerIndex {
  const leases = new Map<string, number>();
  /** Everything up to here is leased or was not due; what comes in before it resets it. */
  let reached: Due | undefined;
  let wholeAtMs = Number.NEGATIVE_INFINITY;

  /** Begins anew when a lease has ended, and now and then for what others have armed. */
  function goBack(nowMs: number): void {
    const before = leases.size;
    for (const [id, untilMs] of leases) if (untilMs <= nowMs) leases.delete(id);
    const stale = nowMs - wholeAtMs >= LOOK_AGAIN_MS || nowMs < wholeAtMs;
    if (leases.size === before && !stale) return;
    reached = undefined;
    wholeAtMs = nowMs;
  }

  function comesBefore(due: Due): void {
    if (reached !== undefined && inOrder(due, reached) <= 0) reached = undefined;
  }

  /** Leases what is not leased, at most `room` of it, and remembers how far that went. */
  function leased(page: readonly Due[], room: number, untilMs: number): Claimed[] {
    const timers: Claimed[] = [];
    for (const { id, dueMs } of page) {
      if (timers.length === room) break;
      reached = { id, dueMs };
      if (leases.has(id)) continue;
      leases.set(id, untilMs);
      timers.push({ id, dueMs, lease: `${LOCAL}${untilMs}` });
    }
    return timers;
  }

  async function nextAfter(nowMs: number): Promise<number | undefined> {
    const armed = (await rows.nextDueMs(nowMs)) ?? Number.POSITIVE_INFINITY;
    let next = armed;
    for (const untilMs of leases.values()) next = Math.min(next, untilMs);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  return {
    state: () => 'ok',
    async arm(changes) {
      for (const { id, now } of changes) if (now !== undefined) comesBefore({ id, ...now });
    },
    async claim(nowMs, limit) {
      goBack(nowMs);
      const timers: Claimed[] = [];
      let full = true;
      while (full && timers.length < limit) {
        const page = await rows.due(nowMs, limit, reached);
        full = page.length === limit;
        timers.push(...leased(page, limit - timers.length, nowMs + leaseMs));
      }
      // A page may have been cut short by what the ones before it brought.
      const more = full || timers.length === limit;
      return { timers, nextMs: more ? nowMs : await nextAfter(nowMs) };
    },
    async acknowledge(settled, againMs) {
      for (const { timer, now } of settled) {
        const mine = `${LOCAL}${leases.get(timer.id)}` === timer.lease;
        if (!mine) continue;
        if (now?.dueMs === timer.dueMs) leases.set(timer.id, againMs);
        else {
          leases.delete(timer.id);
          if (now !== undefined) comesBefore({ id: timer.id, ...now });
        }
      }
    },
    nextDueMs: () => rows.nextDueMs(),
    countdown: (centreId, limit) => rows.countdown(centreId, limit),
  };
}

/** Between two looks at all that is due, ms; as long as the loop sleeps at most. */
const LOOK_AGAIN_MS = 1_000;
