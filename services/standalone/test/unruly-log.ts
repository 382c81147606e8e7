import type { EventLog, Publication, Topic } from '@cityloop/event-log';
import { createRandom } from '@cityloop/testing/random';

/** What an unruly log was given, and what it made of it. */
export type Unruliness = { given: number; delivered: number };

/** How many earlier records of a key may come once more. */
const REMEMBERED = 6;

/**
 * A log as bad as the port allows: each record stands in it one to three times, now and then earlier ones of its key
 * stand behind it once more, and what came together of several keys stands in any order. The order of a key's
 * first ones is kept.
 */
export function unrulyLog(log: EventLog, seed: number): { log: EventLog; counts: Unruliness } {
  const random = createRandom(seed);
  const counts: Unruliness = { given: 0, delivered: 0 };
  const past = new Map<string, Publication[]>();

  function unruly(records: readonly Publication[]): Publication[] {
    const keys = [...Map.groupBy(records, ({ key }) => key)].map(([, own]) => ({
      own,
      rank: random.next(),
    }));
    return keys.sort((a, b) => a.rank - b.rank).flatMap(({ own }) => own.flatMap(repeated));
  }

  function repeated(record: Publication): Publication[] {
    const before = past.get(record.key) ?? [];
    past.set(record.key, [...before, record].slice(-REMEMBERED));
    const copies = Array.from({ length: 1 + random.int(3) }, () => record);
    return random.chance(0.2) ? [...copies, ...before] : copies;
  }

  return {
    counts,
    log: {
      ...log,
      async publish(topic: Topic, records) {
        if (topic !== 'incidents') return log.publish(topic, records);
        const made = unruly(records);
        counts.given += records.length;
        counts.delivered += made.length;
        // In several sends, so that readers come in between.
        const middle = Math.floor(made.length / 2);
        await log.publish(topic, made.slice(0, middle));
        await log.publish(topic, made.slice(middle));
      },
    },
  };
}

/** A log that acknowledges these records and loses them; all others stand in it. */
export function losingLog(log: EventLog, loses: (record: Publication) => boolean): EventLog {
  return {
    ...log,
    publish: (topic, records) =>
      log.publish(
        topic,
        records.filter((record) => !loses(record)),
      ),
  };
}
