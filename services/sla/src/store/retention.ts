import { type Database, identifier, statement } from '@cityloop/postgres';

const HOUR_MS = 3_600_000;
const KEPT_DAYS = 90;
const BATCH = 5_000;

/**
 * Deletes what is older than 90 days by the database's clock: messages that are out, read or void, answered asks,
 * and the rungs of what is watched no more. What was given up (dead) and what still waits stays. In batches, and
 * several processes may do so at once.
 */
export async function deleteOld(
  db: Database,
  schemaName: string,
  signal?: AbortSignal,
): Promise<void> {
  const schema = identifier(schemaName);
  const old = `now() - interval '${KEPT_DAYS} days'`;
  const wheres = {
    notice: `state in ('sent', 'void') and at < ${old} and coalesce(sent_at, at) < ${old}`,
    ask: `answered_at < ${old}`,
    rung: `at < ${old} and not exists (
      select from ${schema}.watched w where w.incident_id = t.incident_id)`,
  };
  for (const [table, where] of Object.entries(wheres)) {
    const some = statement(
      `delete from ${schema}.${table} where ctid = any(array(
         select ctid from ${schema}.${table} t where ${where} limit ${BATCH} for update skip locked))`,
    );
    let deleted = BATCH;
    while (deleted === BATCH && signal?.aborted !== true) {
      deleted = await db.execute({ ...some, values: [] });
    }
  }
}

/** Deletes what is old now and then each hour. */
export function startRetention(
  db: Database,
  schemaName: string,
  onFailure: (error: unknown) => void,
): AsyncDisposable {
  const stop = new AbortController();
  let running = Promise.resolve();
  const tidy = (): void => {
    running = running.then(() => deleteOld(db, schemaName, stop.signal)).catch(onFailure);
  };
  tidy();
  const hourly = setInterval(tidy, HOUR_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(hourly);
      stop.abort();
      await running;
    },
  };
}
