import type { ReadyCheck } from '@cityloop/http';
import { Unavailable } from '@cityloop/kernel';
import type { Database } from '@cityloop/postgres';
import type { RunningStage } from '@cityloop/stage';

/** A clock further off than this makes deadlines wrong for whoever reads the wall. */
const MOST_SKEW_MS = 5_000;
/** Readers and alarms turn at least once a second; nothing they do at a time takes nearly as long. */
const MOST_SILENT_MS = 30_000;

/** What runs in a process, as far as it can fall silent. */
export type Turning = {
  readonly stages: Readonly<
    Record<string, Pick<RunningStage, 'alarms' | 'store' | 'timers' | 'relay'>>
  >;
  /** All that read the log, by name. */
  readonly readers: Readonly<Record<string, { silentMs(): number }>>;
};

/** What must work for the door to be open; each check says what is wrong in a sentence. */
export function readiness(db: Database, { stages, readers }: Turning): readonly ReadyCheck[] {
  const alarms = Object.entries(stages).map(([stage, { alarms }]) => [stage, alarms] as const);
  const relays = Object.entries(stages).flatMap(([stage, { relay }]) =>
    relay === undefined ? [] : [[stage, relay] as const],
  );
  const [store] = Object.values(stages).map((stage) => stage.store);
  return [
    databaseCheck(db),
    ...(store === undefined
      ? []
      : [{ name: 'clock', check: () => refuseSkew(store.skewMs()) } satisfies ReadyCheck]),
    turning('readers', readers),
    ...(alarms.length === 0
      ? []
      : [
          turning('alarms', Object.fromEntries(alarms)),
          { name: 'timers', check: () => timersState(Object.values(stages)) },
        ]),
    ...(relays.length === 0 ? [] : [turning('relays', Object.fromEntries(relays))]),
  ];
}

/** Of the watch over the ladders: that it climbs, and tells. */
export function laddersTurn(ladders: Turning['readers']): ReadyCheck {
  return turning('ladders', ladders);
}

/** Without its index a deadline still comes, from the rows, a little later. */
export function timersState(
  stages: readonly Pick<RunningStage, 'timers'>[],
): 'degraded' | undefined {
  return stages.some(({ timers }) => timers.state() === 'degraded') ? 'degraded' : undefined;
}

/** That the database answers. */
export function databaseCheck(db: Database): ReadyCheck {
  return { name: 'database', check: async () => void (await db.query({ text: 'select 1' })) };
}

function refuseSkew(skewMs: number): void {
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return;
  throw new Unavailable(
    'CLOCK_SKEW',
    `this machine's clock is ${Math.round(skewMs / 1_000)} s away from the database's`,
  );
}

/** That each of these has lately got on with its work; one that stands by does. */
export function turning(
  name: 'readers' | 'alarms' | 'relays' | 'ladders',
  parts: Readonly<Record<string, { silentMs(): number }>>,
): ReadyCheck {
  return {
    name,
    check() {
      const silent = Object.keys(parts).filter((part) => isSilent(parts[part]));
      if (silent.length === 0) return;
      throw new Unavailable(
        `${name.toUpperCase()}_SILENT`,
        `${name} have not got on for ${MOST_SILENT_MS / 1_000} s (${silent.join(', ')}): the log says why, else restart`,
        { silent },
      );
    },
  };
}

function isSilent(part: { silentMs(): number } | undefined): boolean {
  return part !== undefined && part.silentMs() > MOST_SILENT_MS;
}
