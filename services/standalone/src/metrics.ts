import { CityLoopError } from '@cityloop/kernel';
import type { Metrics } from '@cityloop/runtime';
import type { StageServices } from '@cityloop/stage';

/** What the engines tell, as metrics; counted by batch, never by event. */
export function loopMetrics(metrics: Metrics): NonNullable<StageServices['probe']> {
  const events = metrics.counter({
    name: 'events_recorded_total',
    help: 'Events recorded by the loop services.',
    labels: ['type'],
  });
  const commits = metrics.histogram({
    name: 'stage_commit_seconds',
    help: 'Time of one batch transaction.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
  });
  const works = metrics.histogram({
    name: 'stage_batch_works',
    help: 'Works in one batch.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
  });
  const refused = metrics.counter({
    name: 'commands_refused_total',
    help: 'Commands refused, by code.',
    labels: ['code'],
  });
  const conflicts = metrics.counter({
    name: 'stage_conflicts_total',
    help: 'Batches decided anew because something had moved.',
    labels: ['reason'],
  });
  const failures = metrics.counter({
    name: 'stage_failures_total',
    help: 'Batches the database did not take.',
  });
  return {
    committed(facts) {
      commits.observe(facts.ms / 1_000);
      works.observe(facts.works);
      const counts = new Map<string, number>();
      for (const { type } of facts.events) counts.set(type, (counts.get(type) ?? 0) + 1);
      for (const [type, n] of counts) events.inc({ type }, n);
    },
    refused(error) {
      refused.inc({ code: error instanceof CityLoopError ? error.code : 'INTERNAL' });
    },
    conflict(reason) {
      conflicts.inc({ reason });
    },
    failed() {
      failures.inc();
    },
  };
}
