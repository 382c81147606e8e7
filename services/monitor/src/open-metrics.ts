import { stages } from '@cityloop/contracts';
import { type Database, identifier } from '@cityloop/postgres';
import type { Metrics } from '@cityloop/runtime';
import { SCHEMA } from './schema.ts';

type Row = {
  readonly custodian: string;
  readonly centre: string;
  readonly open: number;
  readonly overdue: number;
  /** Of those that are not suspended, which rest by design; null when there are none. */
  readonly oldest_seconds: number | null;
};

/** One look serves all gauges, and whoever scrapes within this time, ms. */
const KEPT_MS = 15_000;

/** What is open, by centre and by stage, looked for in the picture when it is asked for. */
export function openMetrics(metrics: Metrics, db: Database, nowMs = () => performance.now()): void {
  const text = `select custodian, centre, count(*)::int as open,
      (count(*) filter (where overdue))::int as overdue,
      extract(epoch from now() - min(reported_at) filter (where status <> 'suspended'))::float8
        as oldest_seconds
    from ${identifier(SCHEMA)}.incident where ended_at is null group by custodian, centre`;
  let seen: { readonly atMs: number; readonly rows: Promise<readonly Row[]> } | undefined;

  function look(): Promise<readonly Row[]> {
    if (seen !== undefined && nowMs() - seen.atMs < KEPT_MS) return seen.rows;
    const rows = db.query<Row>({ text });
    seen = { atMs: nowMs(), rows };
    rows.catch(() => {
      seen = undefined; // whoever asked is told; the next one looks again
    });
    return rows;
  }

  async function byCentre(of: (row: Row) => number): Promise<ReadonlyMap<string, number>> {
    const sums = new Map<string, number>();
    for (const row of await look()) sums.set(row.centre, (sums.get(row.centre) ?? 0) + of(row));
    return sums;
  }

  metrics.gauge({
    name: 'incidents_open',
    help: 'Incidents that have not ended, by the centre they are at.',
    labels: ['centre'],
    async collect(gauge) {
      const sums = await byCentre(({ open }) => open);
      gauge.reset();
      for (const [centre, n] of sums) gauge.set({ centre }, n);
    },
  });
  metrics.gauge({
    name: 'incidents_overdue',
    help: 'Of the open ones, those with a clock that has run out.',
    labels: ['centre'],
    async collect(gauge) {
      const sums = await byCentre(({ overdue }) => overdue);
      gauge.reset();
      for (const [centre, n] of sums) gauge.set({ centre }, n);
    },
  });
  metrics.gauge({
    name: 'queue_oldest_seconds',
    help: 'How long ago the oldest open incident of a stage was reported; suspended ones left out.',
    labels: ['stage'],
    async collect(gauge) {
      const rows = await look();
      for (const stage of stages) {
        const ages = rows.flatMap(({ custodian, oldest_seconds: s }) =>
          custodian === stage && s !== null ? [s] : [],
        );
        gauge.set({ stage }, Math.max(0, ...ages));
      }
    },
  });
}
