import type { Logger, Metrics } from '@cityloop/runtime';
import type { RunningStage, StageServices } from '@cityloop/stage';
import type { RedisServer } from '@cityloop/timers';

/** The index of each stage's alarms, and what is counted of them. */
export function stageTimers(
  redis: RedisServer | undefined,
  metrics: Metrics,
  logger: Logger,
): Pick<StageServices, 'timers' | 'alarmsProbe'> {
  const lateness = metrics.histogram({
    name: 'alarm_lateness_seconds',
    help: 'How long after it was due an alarm was looked after, by its index.',
    labels: ['stage'],
    buckets: [0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300],
  });
  const missing = metrics.counter({
    name: 'timers_missing_total',
    help: 'Overdue alarms found in the rows that the index had lost.',
    labels: ['stage'],
  });
  const rebuilt = metrics.counter({
    name: 'timers_rebuilt_total',
    help: 'How often an index was entered anew from the rows.',
    labels: ['stage'],
  });
  const alarmsProbe: NonNullable<StageServices['alarmsProbe']> = {
    nudged(stage, lateMs) {
      for (const late of lateMs) lateness.observe({ stage }, Math.max(0, late) / 1_000);
    },
    missing: (stage, count) => missing.inc({ stage }, count),
  };
  if (redis === undefined) return { alarmsProbe };
  return {
    alarmsProbe,
    timers: (stage, rows) =>
      redis.timers({
        service: stage,
        rows,
        probe: {
          rebuilt(count) {
            rebuilt.inc({ stage });
            logger.warn({ stage, missing: count }, 'the timers in Redis were entered anew');
          },
          stateChanged(state, cause) {
            if (state === 'ok') logger.info({ stage }, 'the timers in Redis are well');
            else logger.warn({ err: cause, stage, state }, 'alarms come from the rows meanwhile');
          },
        },
      }),
  };
}

/** Whether each stage's index does its work, at each scrape. */
export function timerStates(
  metrics: Metrics,
  stages: Readonly<Record<string, Pick<RunningStage, 'timers'>>>,
): void {
  metrics.gauge({
    name: 'timer_index_degraded',
    help: '1 while alarms come from the rows because the index is away or incomplete.',
    labels: ['stage'],
    collect(gauge) {
      for (const [stage, { timers }] of Object.entries(stages)) {
        gauge.set({ stage }, timers.state() === 'degraded' ? 1 : 0);
      }
    },
  });
}
