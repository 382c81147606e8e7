/**
 * Incidents under way at a time when all are there at once: as many as fill the batches of every stage,
 * and few enough for each to wait for its hand-over (the engine lets 1,000 wait).
 */
export const UNDER_WAY = 1_000;

/** Runs `work` on all items, at most `limit` at a time. */
export async function eachLimited<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items.values();
  const worker = async (): Promise<void> => {
    for (const item of iterator) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
