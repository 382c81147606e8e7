import { createMemoryTimers } from './memory-timers.ts';
import { timerIndexConformance } from './testing/index.ts';

timerIndexConformance('in memory', async () => {
  const index = createMemoryTimers();
  return {
    index,
    set: async (id, dueMs) => index.arm(id, dueMs),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
