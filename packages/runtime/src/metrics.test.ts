import { describe, expect, it, vi } from 'vitest';
import { createMetrics } from './index.ts';

describe('metrics', () => {
  it('carry the prefix, and come with those of the process unless told otherwise', async () => {
    const metrics = createMetrics();
    metrics
      .counter({ name: 'events_total', help: 'Events', labels: ['topic'] })
      .inc({ topic: 'a' });
    const text = await metrics.text();
    expect(text).toContain('cityloop_events_total{topic="a"} 1');
    expect(text).toContain('cityloop_process_resident_memory_bytes');
    expect(await createMetrics({ processMetrics: false }).text()).not.toContain('process_');
  });

  it('are shared by all who ask for one name', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const wanted = { name: 'x_total', help: 'X', labels: ['service'] } as const;
    metrics.counter(wanted).inc({ service: 'intake' });
    metrics.counter(wanted).inc({ service: 'intake' }, 2);
    expect(await metrics.text()).toContain('cityloop_x_total{service="intake"} 3');
  });

  it('are not shared by those who mean something else by the name', () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.counter({ name: 'x', help: 'X', labels: ['a'] });
    expect(() => metrics.counter({ name: 'x', help: 'X', labels: ['b'] })).toThrow(
      'metric x exists',
    );
    expect(() => metrics.gauge({ name: 'x', help: 'X', labels: ['a'] })).toThrow('metric x exists');
  });

  it('can be measured at the moment they are asked for', async () => {
    const metrics = createMetrics({ processMetrics: false });
    let pending = 1;
    metrics.gauge({ name: 'pending', help: 'P', collect: async (gauge) => gauge.set(pending) });
    expect(await metrics.text()).toContain('cityloop_pending 1');
    pending = 2;
    expect(await metrics.text()).toContain('cityloop_pending 2');
  });

  it('lose only what cannot be measured, and do not tell the last value in its place', async () => {
    const metrics = createMetrics({ processMetrics: false });
    let away = false;
    const ask = async (): Promise<number> => {
      if (away) throw new Error('the database is away');
      return 1;
    };
    metrics.gauge({ name: 'gaps', help: 'G', collect: async (gauge) => gauge.set(await ask()) });
    metrics.gauge({
      name: 'due',
      help: 'D',
      labels: ['stage'],
      collect: async (gauge) => {
        for (const stage of ['intake', 'dispatch']) gauge.set({ stage }, await ask());
      },
    });
    metrics.gauge({ name: 'here', help: 'H', collect: (gauge) => gauge.set(3) });
    expect(await metrics.text()).toContain('cityloop_due{stage="dispatch"} 1');
    away = true;
    const text = await metrics.text();
    expect(text).toContain('cityloop_here 3');
    expect(text).not.toMatch(/^cityloop_(gaps|due)/m);
    away = false;
    expect(await metrics.text()).toContain('cityloop_gaps 1');
  });

  it('do not wait for what never answers', async () => {
    vi.useFakeTimers();
    const metrics = createMetrics({ processMetrics: false });
    metrics.gauge({ name: 'gaps', help: 'G', collect: () => new Promise(() => undefined) });
    metrics.gauge({ name: 'here', help: 'H', collect: (gauge) => gauge.set(3) });
    const asked = metrics.text();
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(await asked).toContain('cityloop_here 3');
    expect(await asked).not.toMatch(/^cityloop_gaps/m);
  });

  it('sort observations into buckets', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const seconds = metrics.histogram({ name: 's', help: 'S', buckets: [1, 2] });
    seconds.observe(1.5);
    const text = await metrics.text();
    expect(text).toContain('cityloop_s_bucket{le="1"} 0');
    expect(text).toContain('cityloop_s_bucket{le="2"} 1');
  });
});
