import { setTimeout as after } from 'node:timers/promises';
import { createPool, type Database, statement } from '@cityloop/postgres';

const LOOK_MS = 20;
const STALLED_MS = 30_000;

// Blocks and flushes follow one another: the last of each tells of all.
const farthest = statement(`
  select coalesce((select max(last_position) from archive.ledger_block), 0)::int8 as sealed,
         coalesce((select position from monitor.log_offset where topic = 'incidents'), 0)::int8 as shown`);

/** How far those have come that read every event. */
export type Progress = AsyncDisposable & {
  /** Resolves when so many events are sealed in the ledger and in the written picture. */
  reached(events: number): Promise<void>;
  /** Of the server. */
  version(): Promise<string>;
};

/** Looks into the database of a cluster of ours. */
export function watchProgress(databaseUrl: string): Progress {
  const db: Database = createPool(databaseUrl, { max: 1, name: 'bench' });
  return {
    async reached(events) {
      let before = -1;
      let movedMs = performance.now();
      for (;;) {
        const [row] = await db.query<{ sealed: number; shown: number }>(farthest);
        const { sealed = 0, shown = 0 } = row ?? {};
        if (sealed >= events && shown >= events) return;
        if (sealed + shown !== before) movedMs = performance.now();
        before = sealed + shown;
        if (performance.now() - movedMs > STALLED_MS)
          throw new Error(`of ${events} events ${sealed} are sealed and ${shown} shown`);
        await after(LOOK_MS);
      }
    },
    async version() {
      const text = `select split_part(current_setting('server_version'), ' ', 1) as version`;
      const [row] = await db.query<{ version: string }>({ text });
      return row?.version ?? '';
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}
