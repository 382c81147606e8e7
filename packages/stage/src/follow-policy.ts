import { openStatuses, type Policy } from '@cityloop/incident';
import type { Engine } from './engine.ts';
import type { PolicySource } from './policy-source.ts';
import type { StageStore } from './store.ts';

const PAGE = 500;
/** What began or ended so long before the start may not have reached all that is held. */
const LATELY_MS = 86_400_000;
/** The longest a timer of Node can be set for, and less than a mode lasts. */
const LONGEST_MS = 86_400_000;

/**
 * Has what the stage holds planned anew: when a newer policy arrives, when a mode (平战) ends by itself, and
 * after a start when one began or ended lately. That is punctuality alone: what an incident comes to is told
 * by time whenever it is looked at next.
 */
export function followPolicy(options: {
  readonly policies: PolicySource;
  readonly engine: Pick<Engine, 'nudge'>;
  readonly store: Pick<StageStore, 'held' | 'nowMs'>;
  readonly onFailure: (error: unknown) => void;
}): Disposable {
  const { policies, store, onFailure } = options;
  let timer: NodeJS.Timeout | undefined;

  function planAnew(): void {
    replanAll(options).catch(onFailure);
  }

  /** For the next end of a mode. */
  function arm({ modes }: Policy): void {
    clearTimeout(timer);
    const nowMs = store.nowMs();
    const ends = modes.map(({ untilMs }) => untilMs).filter((ms) => ms > nowMs);
    if (ends.length === 0) return;
    const waitMs = Math.min(LONGEST_MS, Math.min(...ends) - nowMs + 1);
    timer = setTimeout(() => {
      planAnew();
      arm(policies.current());
    }, waitMs);
    timer.unref();
  }

  const known = policies.current();
  arm(known);
  if (changedLately(known, store.nowMs())) planAnew();
  const unfollow = policies.onChange((policy) => {
    arm(policy);
    planAnew();
  });
  return {
    [Symbol.dispose]() {
      unfollow();
      clearTimeout(timer);
    },
  };
}

function changedLately({ modes }: Policy, nowMs: number): boolean {
  const since = nowMs - LATELY_MS;
  return modes.some(({ fromMs, untilMs }) =>
    [fromMs, untilMs].some((ms) => ms > since && ms <= nowMs),
  );
}

/** Nudges everything the stage holds: to settle is to plan anew under the newest policy. */
async function replanAll({
  engine,
  store,
}: {
  readonly engine: Pick<Engine, 'nudge'>;
  readonly store: Pick<StageStore, 'held'>;
}): Promise<void> {
  let after: string | undefined;
  do {
    const rows = await store.held({ statuses: openStatuses, limit: PAGE, after });
    await Promise.all(rows.map((row) => engine.nudge(row.incidentId)));
    after = rows.length === PAGE ? rows.at(-1)?.incidentId : undefined;
  } while (after !== undefined);
}
