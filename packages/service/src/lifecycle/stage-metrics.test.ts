import type { Incident, IncidentEvent } from '@cityloop/contracts';
import { createMetrics } from '@cityloop/runtime';
import { expect, it } from 'vitest';
import { stageMetrics } from './stage-metrics.ts';

it('tells how late red marks come, and leaves out those of an import', async () => {
  const metrics = createMetrics({ processMetrics: false });
  const { probe } = stageMetrics(metrics);
  const recordedAt = '2026-03-02T01:00:02.500Z';
  const event = (type: string, occurredAt: string) =>
    ({ type, occurredAt, recordedAt }) as IncidentEvent; // what else an event has is not looked at
  const due = '2026-03-02T01:00:00.000Z';
  const own = {} as Incident;
  const imported = { imported: true } as Incident;
  probe?.committed({
    works: 1,
    events: [
      event('handling.clock-overdue', due),
      event('handling.noted', due),
      event('handling.clock-overdue', '2020-01-01T00:00:00.000Z'),
    ],
    states: [own, own, imported],
    ms: 1,
  });
  const text = await metrics.text();
  expect(text).toMatch(/^cityloop_timer_lateness_seconds_sum 2.5$/m);
  expect(text).toMatch(/^cityloop_timer_lateness_seconds_count 1$/m);
  expect(text).toMatch(/^cityloop_events_recorded_total\{type="handling.clock-overdue"\} 2$/m);
});
