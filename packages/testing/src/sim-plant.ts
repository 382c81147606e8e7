import type { MemoryStore } from '@cityloop/stage';
import type { Random } from './random.ts';
import type { SimLog } from './sim-storage.ts';

/** Mistakes a store, a log or an alarm could make, planted to see that they are found. */
export const plantable = [
  'keys are forgotten',
  'rows are not written',
  'a record is lost',
  'a record is doubled',
  'history loses an event',
  'the offset runs ahead',
  'asks are forgotten',
  'alarms sleep',
] as const;
export type Planted = (typeof plantable)[number];

const SELDOM = 0.1;

/** The store with one mistake in it. */
export function plantedStore(
  store: MemoryStore,
  log: SimLog,
  planted: Planted | undefined,
  random: Random,
): MemoryStore {
  const commit = store.commit;
  switch (planted) {
    case 'keys are forgotten':
      return { ...store, commit: (batch) => commit({ ...batch, keys: [] }) };
    case 'asks are forgotten':
      return { ...store, commit: (batch) => commit({ ...batch, asks: [] }) };
    case 'rows are not written':
      return {
        ...store,
        commit: (batch) => commit(random.chance(SELDOM) ? { ...batch, rows: [] } : batch),
      };
    case 'history loses an event':
      return {
        ...store,
        // Not a birth: a history without one cannot be read at all, which nobody needs a check to see.
        commit: (batch) =>
          commit(
            random.chance(SELDOM) && batch.events[0]?.version !== 1
              ? { ...batch, events: batch.events.slice(1) }
              : batch,
          ),
      };
    case 'the offset runs ahead':
      return {
        ...store,
        async readOffset() {
          const [last] = await log.read(log.length, 1);
          const decoded = last?.decoded();
          if (last === undefined || decoded?.kind !== 'event') return [];
          const { position } = last;
          return [{ topic: 'incidents', partition: 0, position, eventId: decoded.event.id }];
        },
      };
    default:
      return store;
  }
}

/** How often the log takes a record that is appended to it. */
export function copies(planted: Planted | undefined, random: Random): number {
  if (planted === 'a record is lost' && random.chance(SELDOM)) return 0;
  return planted === 'a record is doubled' && random.chance(SELDOM) ? 2 : 1;
}
