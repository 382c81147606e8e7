import { createMemoryTimers } from './memory-timers.ts';
import { LEASE_MS, timerIndexConformance } from './testing/index.ts';

timerIndexConformance('in memory', async () => {
  const { index, set } = createMemoryTimers({ leaseMs: LEASE_MS });
  return {
    index,
    set: async (id, now) => set(id, now),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
