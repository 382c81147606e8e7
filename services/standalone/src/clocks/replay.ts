import { DistrictPack } from '@cityloop/contracts';
import { loadPack, packFolder, withSection } from '@cityloop/district';
import { compilePolicy, type Policy } from '@cityloop/incident';
import { fromIso, InvalidInput } from '@cityloop/kernel';
import type { Database, Queryable } from '@cityloop/postgres';
import { publishedEditions } from '../published-packs.ts';
import { histories, type Recorded } from '../verify/case-files.ts';
import { openRun } from '../verify/tables.ts';
import { endOfLog } from '../verify/waiting.ts';
import { Comparison } from './comparison.ts';
import type { ClocksOptions } from './options.ts';
import { runsOf } from './runs.ts';
import { whatIf } from './what-if.ts';

/**
 * Compares a period's clocks as they were with what another policy would have made of them: one read-only
 * transaction on one snapshot, read by the page, so it may run beside the product.
 *
 * @throws InvalidInput `VERIFY_NO_RUN` when the loop has never run on this database, `PACK_INVALID` and
 * `PACK_NOT_FOUND` for a policy that cannot be used
 */
export async function replay(
  db: Database,
  asked: Pick<ClocksOptions, 'policy' | 'fromMs' | 'toMs'>,
  onProgress: (incidents: number) => void = () => undefined,
): Promise<Comparison> {
  return db.transaction(async (tx) => {
    await tx.execute({ text: 'set transaction isolation level repeatable read, read only' });
    await openRun(tx);
    const policy = await policyOf(tx, asked.policy);
    const { ms: endMs } = await endOfLog(tx);
    const comparison = new Comparison();
    for await (const history of histories(tx)) {
      if (!compare(history, { ...asked, policy, endMs }, comparison)) continue;
      if (comparison.incidents % 1_000 === 0) onProgress(comparison.incidents);
    }
    return comparison;
  });
}

type Within = { readonly fromMs: number; readonly toMs: number };

/** Adds the clocks of one incident that began in the period; false when there is none. */
function compare(
  history: readonly Recorded[],
  { policy, endMs, fromMs, toMs }: Within & { readonly policy: Policy; readonly endMs: number },
  comparison: Comparison,
): boolean {
  const { runs, unread } = runsOf(history);
  comparison.unread += unread;
  const within = runs.filter(({ clock }) => {
    const startedMs = fromIso(clock.startedAt);
    return startedMs >= fromMs && startedMs < toMs;
  });
  if (within.length === 0) return false;
  let flips = false;
  for (const run of within) {
    const { name, centreId, incident } = run;
    const found = whatIf(run, policy, endMs);
    flips ||= (found.before === 'late') !== (found.after === 'late');
    const clock = name.startsWith('assist:') ? 'assist' : name;
    comparison.add({ clock, centreId, categoryCode: incident.categoryCode ?? '' }, found);
  }
  comparison.incidents += 1;
  if (flips) comparison.flipped += 1;
  return true;
}

/** The policy to replay under, as a revision behind all that was published. */
async function policyOf(db: Queryable, name: string): Promise<Policy> {
  const newest = (await publishedEditions(db)).at(-1);
  const revision = (newest?.revision ?? 0) + 1;
  if (!/\.ya?ml$/.test(name)) return compilePolicy(await loadPack(packFolder(name)), revision);
  const published = DistrictPack.safeParse(newest?.sections);
  if (!published.success) {
    throw new InvalidInput(
      'PACK_UNPUBLISHED',
      '数据库中没有已发布的区包，请指定整个区包目录 / nothing is published on this database that one section could be laid over: name a whole pack',
    );
  }
  return compilePolicy(await withSection(published.data, name), revision);
}
