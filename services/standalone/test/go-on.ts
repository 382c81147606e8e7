import type { Loop } from '@cityloop/console';
import { Case } from './small-run-case.ts';

const UNIT = 'wujiaochang-enforcement';

/** What was left lying by the first run goes on in the second: rows the backup has are moved on. */
export async function goOn(loop: Loop, ids: Readonly<Record<string, string>>) {
  const on = (name: string): Case => Object.assign(new Case(loop, `on/${name}`), { id: ids[name] });
  await on('filed').now('lv-dispatcher', 'assign', { unitId: UNIT });
  await on('handled').now('hua-enforcement-member', 'finish', { result: 'resolved' });
  await on('toRule').now('shi-supervisor', 'rule-return', {
    ruling: 'send-back',
    fault: 'misdispatch',
  });
  await on('confirmed').now('zhang-verifier', 'check', { outcome: 'pass' });
  await on('closed').now('kong-evaluator', 'archive');
}
