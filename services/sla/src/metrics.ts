import { type Database, identifier, statement } from '@cityloop/postgres';
import type { Metrics } from '@cityloop/runtime';
import type { Fired, WatchedStore } from './store/watched.ts';

/** What the watch tells of itself; answers what is to be told of rungs and of messages. */
export function slaMetrics(
  metrics: Metrics,
  db: Database,
  schemaName: string,
  store: Pick<WatchedStore, 'oldestMs'>,
): {
  fired(rungs: readonly Fired[]): void;
  told(channel: string, result: string, amount: number): void;
} {
  const schema = identifier(schemaName);
  const byState = statement(
    `select channel, state, count(*)::int as n from ${schema}.notice
     where state in ('waiting', 'queued', 'dead') group by channel, state`,
  );
  const rungs = metrics.counter({
    name: 'sla_rungs_fired_total',
    help: 'Rungs of the ladders that people were told of, by clock.',
    labels: ['clock'],
  });
  const lateness = metrics.histogram({
    name: 'sla_rung_lateness_seconds',
    help: 'How long after it fell due a rung was told of.',
    buckets: [0.1, 0.5, 1, 2, 5, 30, 300, 3_600, 86_400],
  });
  metrics.gauge({
    name: 'sla_oldest_due_seconds',
    help: 'How long the most overdue look at a ladder has been due; 0 when none is.',
    async collect(gauge) {
      gauge.set({}, (await store.oldestMs()) / 1_000);
    },
  });
  metrics.gauge({
    name: 'sla_notices',
    help: 'Messages that are not out: waiting for their 督办, queued, or given up (dead).',
    labels: ['channel', 'state'],
    async collect(gauge) {
      gauge.reset();
      type Row = { readonly channel: string; readonly state: string; readonly n: number };
      for (const { channel, state, n } of await db.query<Row>(byState)) {
        gauge.set({ channel, state }, n);
      }
    },
  });
  const deliveries = metrics.counter({
    name: 'sla_deliveries_total',
    help: 'Messages that left the house, by how that ended.',
    labels: ['channel', 'result'],
  });
  return {
    fired(fired) {
      for (const { clock, lateMs } of fired) {
        rungs.inc({ clock: clock.startsWith('assist:') ? 'assist' : clock });
        lateness.observe(lateMs / 1_000);
      }
    },
    told(channel, result, amount) {
      if (amount > 0) deliveries.inc({ channel, result }, amount);
    },
  };
}
