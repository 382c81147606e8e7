import { createMemoryEventLog } from './memory-event-log.ts';
import { eventLogConformance } from './testing/index.ts';

eventLogConformance('in memory', async () => {
  const log = createMemoryEventLog();
  return {
    open: async () => log,
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
});
