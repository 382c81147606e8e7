import type { Client } from '../load/client.ts';
import type { History } from '../load/history.ts';

/** How many of the last acknowledged requests are made once more. */
const REPEATED = 100;
const AT_ONCE = 8;

/** I9: what was given up is asked again under its key, now that nothing fails, for an answer for good. */
export async function settleUnknown(client: Client, history: History): Promise<void> {
  const open = history
    .entries()
    .filter(([, outcome]) => outcome?.kind !== 'ok' && outcome?.kind !== 'refused');
  await each(open, ([op]) => client.again(op));
}

/** I1: who repeats what was acknowledged is told of the same version of the same incident, as it stands by now. */
export async function checkRepeats(client: Client, history: History): Promise<readonly string[]> {
  const done = history
    .entries()
    .flatMap(([op, outcome]) => (outcome?.kind === 'ok' ? [{ op, outcome }] : []));
  const violations: string[] = [];
  await each(done.slice(-REPEATED), async ({ op, outcome: before }) => {
    const now = await client.again(op);
    const same =
      now.kind === 'ok' && now.incident === before.incident && now.version === before.version;
    if (same) return;
    const [was, is] = [JSON.stringify(before), JSON.stringify(now)];
    violations.push(`I1 ${op.verb} #${op.n} was answered ${was}, and repeated ${is}`);
  });
  return violations;
}

/** A few at a time. */
async function each<T>(list: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...list];
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  });
  await Promise.all(workers);
}
