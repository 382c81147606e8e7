import { isUrgent } from '@cityloop/calendar';
import { type ApprovalAct, approvalActs, type PackApproval } from '@cityloop/contracts';
import { doubled, type PackCheck, type PackProblem, uniqueBy } from './problem.ts';

/** Calendar ids once; every clock on a known calendar; the last end-to-end row fits everything. */
export const checkTiming: PackCheck = (pack, problems) => {
  const calendars = uniqueBy(
    pack.calendars.definitions,
    (calendar) => calendar.id,
    doubled('calendars', 'id', ['definitions']),
    problems,
  );
  const { 'end-to-end': endToEnd, ...single } = pack.clocks;
  const known = (path: readonly (string | number)[], id: string): void => {
    if (!calendars.has(id)) {
      problems.push({
        section: 'clocks',
        path: [...path, 'calendar'],
        reason: `没有这个日历“${id}”`,
      });
    }
  };
  for (const [name, clock] of Object.entries(single)) known([name], clock.calendar);
  uniqueBy(endToEnd, (row) => row.id, doubled('clocks', 'id', ['end-to-end']), problems);
  for (const [index, row] of endToEnd.entries()) {
    known(['end-to-end', index], row.calendar);
    const fitsAll = Object.keys(row.when).length === 0;
    if (fitsAll === (index === endToEnd.length - 1)) continue;
    problems.push({
      section: 'clocks',
      path: ['end-to-end', index, 'when'],
      reason: fitsAll ? '适用于一切案件的一行应放在最后' : '最后一行应适用于一切案件（when: {}）',
    });
  }
};

/** Codes once a list; every decline says which of the two it is. */
export const checkReasons: PackCheck = (pack, problems) => {
  for (const [act, list] of Object.entries(pack.reasons)) {
    uniqueBy(list, (reason) => reason.code, doubled('reasons', 'code', [act]), problems);
  }
  for (const [index, reason] of pack.reasons.decline.entries()) {
    if (reason.kind !== undefined) continue;
    problems.push({
      section: 'reasons',
      path: ['decline', index],
      reason: '须写明 kind：not-accepted（不予受理）或 not-filed（不予立案）',
    });
  }
};

/** How many steps the loop asks for, where that is not a chain of any length. */
const stepsMost: Partial<Record<ApprovalAct, number>> = {
  cancel: 1,
  'forced-close': 1,
  decline: 1,
  'self-handled': 0,
  close: 0,
};

/** One chain for each act, no longer than the loop honours, held by people who can hold a seat. */
export const checkApprovals: PackCheck = (pack, problems) => {
  uniqueBy(pack.approvals, (chain) => chain.act, doubled('approvals', 'act'), problems);
  for (const act of approvalActs) {
    if (pack.approvals.some((chain) => chain.act === act)) continue;
    problems.push({
      section: 'approvals',
      path: [],
      reason: `缺少“${act}”的审批链（不需审批时写 steps: []）`,
    });
  }
  for (const [index, chain] of pack.approvals.entries()) {
    problems.push(...tooLong(chain, index));
    for (const [at, role] of chain.steps.entries()) {
      if (role !== 'system' && role !== 'citizen') continue;
      problems.push({
        section: 'approvals',
        path: [index, 'steps', at],
        reason: `${role} 不能审批`,
      });
    }
  }
};

function tooLong({ act, steps }: PackApproval, index: number): PackProblem[] {
  const most = stepsMost[act] ?? Number.POSITIVE_INFINITY;
  if (steps.length <= most) return [];
  const reason =
    most === 0 ? `“${act}”不经审批，应写 steps: []` : `“${act}”只经一级审批，多余的步骤不会执行`;
  return [{ section: 'approvals', path: [index, 'steps'], reason }];
}

/** Figures that make sense beside each other. */
export const checkSettings: PackCheck = (pack, problems) => {
  const { returns, archiveAfter } = pack.settings;
  if (returns.districtRulesFrom <= returns.dispatcherAccepts) {
    problems.push({
      section: 'settings',
      path: ['returns', 'districtRulesFrom'],
      reason: '应大于 dispatcherAccepts，否则区级永远轮不到或派遣员无权受理',
    });
  }
  if (!isUrgent(archiveAfter.limit.unit)) {
    problems.push({
      section: 'settings',
      path: ['archiveAfter'],
      reason: '归档等待期按自然时间计，写法如 7自然日',
    });
  }
};
