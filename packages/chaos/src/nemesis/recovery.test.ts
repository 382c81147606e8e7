import { describe, expect, it } from 'vitest';
import type { Fault } from '../plan/plan.ts';
import { watchRecovery } from './recovery.ts';

const fault = (n: number, kind: Fault['kind'] = 'process-kill'): Fault => ({
  ...{ n, kind, atMs: 0, forMs: 0, target: 'dispatch-1' },
});

describe('recovery', () => {
  it('is a command sent after the fault, then everything ready', async () => {
    let missing = ['dispatch-1'];
    await using recovery = watchRecovery({ notReady: async () => missing });
    recovery.begun(fault(1));
    const beforeMs = performance.now();
    recovery.healed(fault(1));
    recovery.worked(beforeMs);
    expect(recovery.recovered()).toEqual({ worked: undefined, ready: undefined, open: 1 });
    recovery.worked(performance.now());
    expect(recovery.recovered()).toMatchObject({ worked: { fault: { n: 1 } }, open: 1 });
    missing = [];
    await expect.poll(() => recovery.recovered().open, { timeout: 5_000 }).toBe(0);
    const { worked, ready } = recovery.recovered();
    expect(ready?.ms).toBeGreaterThan(worked?.ms ?? 0);
  });

  it('is work alone where a restart of all goes on, or begins meanwhile', async () => {
    await using recovery = watchRecovery({ notReady: async () => ['some'] });
    recovery.healed(fault(1));
    recovery.begun(fault(2, 'upgrade'));
    recovery.healed(fault(3));
    recovery.worked(performance.now());
    expect(recovery.recovered()).toMatchObject({ ready: undefined, open: 0 });
  });

  it('counts a fault after which nothing was done as open', async () => {
    await using recovery = watchRecovery({ notReady: async () => [] });
    recovery.healed(fault(1));
    expect(recovery.recovered()).toEqual({ worked: undefined, ready: undefined, open: 1 });
  });
});
