/**
 * Turns many single calls into few batches: what is asked while a batch is under way goes into the
 * next one. Each caller gets its own answer; a failed batch fails all of its callers.
 */
export function batcher<In, Out>(
  run: (items: readonly In[]) => Promise<readonly Out[]>,
): (item: In) => Promise<Out> {
  type Waiting = { item: In; resolve(value: Out): void; reject(error: unknown): void };
  let waiting: Waiting[] = [];
  let running = false;

  async function drain(): Promise<void> {
    running = true;
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const answers = await run(batch.map((w) => w.item));
        // `run` answers each item, in order.
        for (const [n, w] of batch.entries()) w.resolve(answers[n] as Out);
      } catch (error) {
        for (const w of batch) w.reject(error);
      }
    }
    running = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!running) void drain();
    });
}
