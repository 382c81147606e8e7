import type { Subscription } from '@cityloop/event-log';
import { CityLoopError } from '@cityloop/kernel';
import type { Metrics } from '@cityloop/runtime';
import type { RunningStage, StageServices } from '@cityloop/stage';

/** What the engines tell, as metrics; counted by batch, never by event. */
export function stageMetrics(
  metrics: Metrics,
): Required<Pick<StageServices, 'probe' | 'onHandOvers'>> {
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
  const lateness = metrics.histogram({
    name: 'timer_lateness_seconds',
    help: 'How long after a clock ran out its red mark was set; imports left out.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3_600],
  });
  const handOvers = metrics.gauge({
    name: 'handover_oldest_seconds',
    help: 'Age of the oldest hand-over nobody has taken; looked for every minute.',
    labels: ['stage'],
  });
  return {
    probe: {
      committed(facts) {
        commits.observe(facts.ms / 1_000);
        works.observe(facts.works);
        const counts = new Map<string, number>();
        for (const [n, { type, occurredAt, recordedAt }] of facts.events.entries()) {
          counts.set(type, (counts.get(type) ?? 0) + 1);
          // A mark tells when its clock ran out; those of an import are set on the time it tells.
          if (!type.endsWith('.clock-overdue') || facts.states[n]?.imported === true) continue;
          lateness.observe((Date.parse(recordedAt) - Date.parse(occurredAt)) / 1_000);
        }
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
    },
    onHandOvers: (stage, oldestMs) => handOvers.set({ stage }, oldestMs / 1_000),
  };
}

/** What is asked of the running parts at each scrape. */
export function runningMetrics(
  metrics: Metrics,
  parts: {
    readonly stages: Readonly<Record<string, RunningStage>>;
    readonly readers: Readonly<Record<string, Subscription>>;
    /** How many events the ledger has found without the version before; where the ledger is. */
    readonly gaps?: () => Promise<number>;
  },
): void {
  const stages = Object.entries(parts.stages);
  const { gaps } = parts;
  const relays = stages.flatMap(([stage, { relay }]) =>
    relay === undefined ? [] : [[stage, relay] as const],
  );
  if (relays.length > 0) relayMetrics(metrics, relays);
  metrics.gauge({
    name: 'parked_incidents',
    help: 'Incidents set aside because a record of theirs could not be taken.',
    labels: ['stage'],
    collect(gauge) {
      for (const [stage, { parking }] of stages) gauge.set({ stage }, parking.size);
    },
  });
  if (gaps !== undefined) {
    metrics.gauge({
      name: 'ledger_gaps',
      help: 'Events whose incident lacks the version before; anything but 0 is a broken history.',
      async collect(gauge) {
        gauge.set({}, await gaps());
      },
    });
  }
  metrics.gauge({
    name: 'stage_backlog',
    help: 'Works waiting for a batch.',
    labels: ['stage'],
    collect(gauge) {
      for (const [stage, { engine }] of stages) gauge.set({ stage }, engine.backlog);
    },
  });
  metrics.gauge({
    name: 'timer_oldest_due_seconds',
    help: 'How long the most overdue alarm has been due; 0 when none is.',
    labels: ['stage'],
    async collect(gauge) {
      for (const [stage, { store }] of stages) {
        const dueMs = (await store.nextDueMs()) ?? Number.POSITIVE_INFINITY;
        gauge.set({ stage }, Math.max(0, store.nowMs() - dueMs) / 1_000);
      }
    },
  });
  metrics.gauge({
    name: 'consumer_lag',
    help: 'Records of the log a reader has yet to take; 0 for one that stands by.',
    labels: ['reader'],
    async collect(gauge) {
      for (const [reader, subscription] of Object.entries(parts.readers)) {
        gauge.set({ reader }, await subscription.lag());
      }
    },
  });
}

/** What stands in the outboxes of this process and is not published yet. */
function relayMetrics(
  metrics: Metrics,
  relays: readonly (readonly [stage: string, relay: NonNullable<RunningStage['relay']>])[],
): void {
  metrics.gauge({
    name: 'outbox_oldest_age_seconds',
    help: 'How long the oldest event has been recorded that is not published yet.',
    labels: ['stage'],
    async collect(gauge) {
      for (const [stage, relay] of relays) {
        gauge.set({ stage }, (await relay.pending()).oldestMs / 1_000);
      }
    },
  });
  metrics.gauge({
    name: 'outbox_pending',
    help: 'Events that are recorded and not published yet.',
    labels: ['stage'],
    async collect(gauge) {
      for (const [stage, relay] of relays) gauge.set({ stage }, (await relay.pending()).events);
    },
  });
}
