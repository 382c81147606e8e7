import type { Incident, Stage } from '@cityloop/contracts';
import {
  type Alarms,
  type Change,
  type Place,
  startAlarms,
  type TimerIndex,
  type TimerRows,
  tableTimers,
} from '@cityloop/timers';
import type { Engine } from './engine.ts';
import { alarmMs } from './rows.ts';
import type { StageRules } from './rules.ts';
import type { StageServices } from './stage.ts';
import type { BatchWrite, RowWrite, StageStore } from './store.ts';

/** Makes the index of a stage's alarms; whoever makes it disposes of it when the stage has ended. */
export type StageTimers = (stage: Stage, rows: TimerRows) => Promise<TimerIndex>;

/** What the alarms of a stage tell whoever watches them. */
export type AlarmsProbe = {
  /** After each page of nudges: how long each had been due, ms. */
  nudged?(stage: Stage, lateMs: readonly number[]): void;
  /** The index lacked what a sweep found in the rows. */
  missing?(stage: Stage, count: number): void;
};

type Ringing = {
  readonly index: TimerIndex;
  /** The store, whose commits tell the index what they changed. */
  readonly store: StageStore;
  start(engine: Engine): Alarms;
};

/** The alarms of a stage, to be started when its engine is there. */
export async function stageAlarms(
  rules: StageRules,
  store: StageStore,
  { timers, logger, alarmsProbe }: Pick<StageServices, 'timers' | 'logger' | 'alarmsProbe'>,
): Promise<Ringing> {
  const { stage } = rules;
  const index = timers === undefined ? tableTimers(store) : await timers(stage, store);
  let alarms: Alarms | undefined;
  const warn = (error: unknown) => logger.warn({ err: error, stage }, 'alarm round failed');
  // What is committed before the alarms ring is told to the index all the same.
  const arm = (changes: Change[]) =>
    alarms === undefined ? void index.arm(changes).catch(warn) : alarms.arm(changes);
  return {
    index,
    store: {
      ...store,
      commit(batch, onStored) {
        const durable = store.commit(batch, onStored);
        durable.then(
          () => arm(timers === undefined ? newPlaces(batch) : moves(batch, rules)),
          () => undefined, // told to whoever waits for the commit
        );
        return durable;
      },
    },
    start(engine) {
      alarms = startAlarms({
        index,
        rows: store,
        nowMs: () => store.nowMs(),
        nudge: (id) => engine.nudge(id),
        onFailure: warn,
        onRound({ dueMs }) {
          const nowMs = store.nowMs();
          alarmsProbe?.nudged?.(
            stage,
            dueMs.map((at) => nowMs - at),
          );
        },
        onMissing(count) {
          logger.warn({ stage, count }, 'alarms were missing from the index');
          alarmsProbe?.missing?.(stage, count);
        },
      });
      return alarms;
    },
  };
}

/** What rows that are their own index tell: only that the alarms may have to wake up earlier. */
function newPlaces({ rows }: BatchWrite): Change[] {
  return rows.flatMap((row) => {
    const now = placeOf(row);
    return now === undefined ? [] : [{ id: row.incidentId, now }];
  });
}

/** The alarms that a batch has set, moved or taken off. */
function moves({ rows, before }: BatchWrite, rules: StageRules): Change[] {
  return rows.flatMap((row) => {
    const now = placeOf(row);
    const was = placeBefore(before?.(row.incidentId), rules);
    const moved = now?.dueMs !== was?.dueMs || now?.centreId !== was?.centreId;
    return moved ? [{ id: row.incidentId, now, before: was }] : [];
  });
}

function placeOf({ centreId = '', nextDueAt }: RowWrite): Place | undefined {
  return nextDueAt === undefined ? undefined : { centreId, dueMs: Date.parse(nextDueAt) };
}

/** Where its alarm stood: computed from what the incident was, as the one that stands now is. */
function placeBefore(incident: Incident | undefined, rules: StageRules): Place | undefined {
  if (incident === undefined) return undefined;
  const dueMs = alarmMs(incident, rules);
  return dueMs === undefined ? undefined : { centreId: incident.centreId, dueMs };
}
