import type { Due, TimerRows } from '../timers.ts';
import type { RedisIndex } from './redis-index.ts';

const PAGE = 2_000;

/**
 * Enters everything the rows have armed, unless somebody else is at it. How many were missing; undefined
 * when it was, or became, another's. It may be cut off anywhere: the next begins anew. `token` is the
 * caller's own, which has one rebuild at a time under way.
 */
export async function rebuild(
  index: RedisIndex,
  rows: TimerRows,
  { token, stop }: { readonly token: string; readonly stop: AbortSignal },
): Promise<number | undefined> {
  if (!(await index.beginRebuild(token))) return undefined;
  let missing = 0;
  let after: Due | undefined;
  do {
    const page = await rows.due(Number.POSITIVE_INFINITY, PAGE, after);
    const restored = await index.restore(page, token);
    if (restored === 'not-mine' || stop.aborted) return undefined;
    missing += restored;
    after = page.length === PAGE ? page.at(-1) : undefined;
  } while (after !== undefined);
  return (await index.finishRebuild(token)) ? missing : undefined;
}
