import { setTimeout as after } from 'node:timers/promises';
import type { Stage } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import type { LeftRow, StageStore } from './store.ts';

export type HandOverWatchOptions = {
  readonly store: Pick<StageStore, 'nowMs' | 'leftBetween' | 'published'>;
  readonly log: Pick<EventLog, 'publish'>;
  /**
   * Where to: a log that stands elsewhere has lost them, and its full readers with it; in the one all share
   * they stand, and only their receivers are told once more.
   */
  readonly topic: 'incidents' | 'again';
  /** The versions another stage has of these incidents. */
  versionsAt(stage: Stage, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  readonly everyMs?: number;
  /** A hand-over is looked for when it is this old, ms. */
  readonly afterMs?: number;
  /** Told in each round, before anything is published: how old the oldest is that nobody has taken; 0 without. */
  onRound?(facts: { readonly oldestMs: number; readonly again: number }): void;
  onFailure?(error: unknown): void;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How far a round looks back behind what the one before has seen, and all of them: as far as the log goes. */
const BACK_EACH_MS = HOUR_MS;
const BACK_MS = 30 * 24 * HOUR_MS;
/** Incidents a receiver is asked about at once. */
const ASKED_MOST = 2_000;
/** Hand-overs that are published again in one round, and at once. */
const AGAIN_MOST = 1_000;
const AGAIN_AT_ONCE = 100;
/** The longest rest before one is published once more, rounds. */
const REST_MOST = 32;

/** A hand-over that was not taken when it was last asked about. */
type Open = { readonly row: LeftRow; rounds: number; rest: number };

/**
 * Sees to it that what this stage has handed over is taken: each minute the receivers are asked in bulk
 * about hand-overs older than 60 s, and those not taken are published once more, with growing rests, until they
 * are. What a receiver has taken and handed on has a higher version there, and counts as taken. After a start
 * what left before is looked through as well, an hour a round, for an outage may have been long.
 */
export function startHandOverWatch(options: HandOverWatchOptions): AsyncDisposable {
  const { store, everyMs = MINUTE_MS, afterMs = MINUTE_MS } = options;
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let fromMs = store.nowMs() - BACK_EACH_MS;
  let backMs = fromMs;
  const oldestMs = fromMs - BACK_MS;
  let open = new Map<string, Open>();

  async function round(): Promise<void> {
    const toMs = store.nowMs() - afterMs;
    const backTo = Math.max(oldestMs, backMs - BACK_EACH_MS);
    const newer = await store.leftBetween(fromMs, toMs);
    const older = backTo < backMs ? await store.leftBetween(backTo, backMs) : [];
    const candidates = new Map([...open].map(([id, { row }]) => [id, row]));
    for (const row of [...older, ...newer]) candidates.set(row.incidentId, row);
    const { missing, unanswered } = await notTaken([...candidates.values()]);
    [fromMs, backMs] = [toMs, backTo];
    open = new Map(
      [...missing, ...unanswered].map((row) => [row.incidentId, stillOpen(row, open)]),
    );
    const due = dueAmong(missing.flatMap(({ incidentId }) => open.get(incidentId) ?? []));
    let oldest = store.nowMs();
    for (const { row } of open.values()) oldest = Math.min(oldest, row.leftMs);
    options.onRound?.({ oldestMs: store.nowMs() - oldest, again: due.length });
    await publish(due);
  }

  /** Those a receiver has not taken, and those whose receiver does not say. */
  async function notTaken(rows: readonly LeftRow[]) {
    const missing: LeftRow[] = [];
    const unanswered: LeftRow[] = [];
    for (const [stage, given] of Map.groupBy(rows, (row) => row.custodian)) {
      for (let at = 0; at < given.length; at += ASKED_MOST) {
        const some = given.slice(at, at + ASKED_MOST);
        try {
          const known = await options.versionsAt(
            stage,
            some.map((row) => row.incidentId),
          );
          missing.push(...some.filter((row) => (known.get(row.incidentId) ?? 0) < row.version));
        } catch (error) {
          unanswered.push(...given.slice(at));
          options.onFailure?.(error);
          break;
        }
      }
    }
    return { missing, unanswered };
  }

  async function publish(rows: readonly LeftRow[]): Promise<void> {
    for (let at = 0; at < rows.length && !stop.signal.aborted; at += AGAIN_AT_ONCE) {
      // As they were recorded: a full reader may be given them for the first time. Never before their turn.
      const bodies = await store.published(rows.slice(at, at + AGAIN_AT_ONCE));
      // A log that is away holds up nobody's end.
      await Promise.race([options.log.publish(options.topic, bodies), stopped]);
    }
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await after(everyMs, undefined, { ref: false, signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return;
      await round().catch((error: unknown) => options.onFailure?.(error));
    }
  }

  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

function stillOpen(row: LeftRow, before: ReadonlyMap<string, Open>): Open {
  const known = before.get(row.incidentId);
  return known?.row.version === row.version ? known : { row, rounds: 0, rest: 1 };
}

/**
 * Those that are published in this round, not too many; whoever is passed over has its turn in the next. Each
 * time one is published the rest before its next time is twice as long.
 */
function dueAmong(missing: readonly Open[]): LeftRow[] {
  const due: LeftRow[] = [];
  for (const open of missing) {
    open.rounds -= 1;
    if (open.rounds > 0 || due.length === AGAIN_MOST) continue;
    open.rounds = open.rest;
    open.rest = Math.min(REST_MOST, open.rest * 2);
    due.push(open.row);
  }
  return due;
}
