import { isUrgent } from '@cityloop/calendar';
import type { DistrictPack, PackLadder, PackRung } from '@cityloop/contracts';
import { checkCondition } from './check-condition.ts';
import { doubled, type PackCheck, uniqueBy } from './problem.ts';

/** Ids once; rungs that can be reached, by people who can be told; waits counted as wall time. */
export const checkEscalation: PackCheck = (pack, problems) => {
  const { ladders, catchUp, notices } = pack.escalation;
  const add: Add = (path, reason) => problems.push({ section: 'escalation', path, reason });
  uniqueBy(ladders, (ladder) => ladder.id, doubled('escalation', 'id', ['ladders']), problems);
  for (const [n, ladder] of ladders.entries()) {
    uniqueBy(
      ladder.rungs,
      (rung) => rung.id,
      doubled('escalation', 'id', ['ladders', n, 'rungs']),
      problems,
    );
  }
  checkLadders(pack, ladders, (path, reason) => add(['ladders', ...path], reason));
  for (const [path, { limit }] of [
    [['catchUp'], catchUp],
    [['notices', 'bundle'], notices.bundle],
  ] as const) {
    if (!isUrgent(limit.unit)) add(path, '按自然时间计，写法如 10分钟');
  }
};

/** What a list of ladders gets wrong in itself and of the pack; `add` gets the path within the list. */
export function checkLadders(pack: DistrictPack, ladders: readonly PackLadder[], add: Add): void {
  for (const [n, ladder] of ladders.entries()) {
    const within: Add = (path, reason) => add([n, ...path], reason);
    checkCondition(pack, ladder.when ?? {}, (path, reason) => within(['when', ...path], reason));
    checkReached(ladder, ladders.slice(0, n), within);
    for (const [at, rung] of ladder.rungs.entries()) {
      checkRung(rung, ladder, (path, reason) => within(['rungs', at, ...path], reason));
    }
  }
}

type Add = (path: readonly (string | number)[], reason: string) => void;

const fitsAll = ({ when = {} }: PackLadder): boolean => Object.keys(when).length === 0;

/** A ladder all of whose clocks have one before it that fits everything is never reached. */
function checkReached(ladder: PackLadder, before: readonly PackLadder[], add: Add): void {
  const taken = new Set(before.filter(fitsAll).flatMap(({ clocks }) => clocks));
  if (ladder.clocks.every((clock) => taken.has(clock))) {
    add(['clocks'], '前面已有适用于一切案件的阶梯，这一条永远轮不到');
  }
}

/** The clocks a unit's people answer for; the others are the centres'. */
const ofUnits: ReadonlySet<string> = new Set([
  'end-to-end',
  'receive',
  'first-contact',
  'handle',
  'rework',
  'assist',
]);

function checkRung(rung: PackRung, { clocks }: PackLadder, add: Add): void {
  for (const [n, { role, of }] of rung.to.entries()) {
    const atUnit = role === 'unit-leader' || role === 'unit-member';
    if (role === 'system' || role === 'citizen') add(['to', n, 'role'], `“${role}”不是岗位`);
    else if (atUnit !== (of === 'unit')) add(['to', n], `“${role}”不在 ${of}`);
    if (of !== 'unit') continue;
    const none = clocks.filter((clock) => !ofUnits.has(clock));
    if (none.length > 0) add(['to', n, 'of'], `时钟 ${none.join('、')} 不由单位负责`);
  }
  if (rung.supervise !== undefined && 'mark' in rung.at && rung.at.mark === 'amber') {
    add(['supervise'], '预警不是超时，尚不能督办');
  }
}
