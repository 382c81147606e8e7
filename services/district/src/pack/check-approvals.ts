import { approvalActs, type PackApproval, permissions } from '@cityloop/contracts';
import { checkCondition } from './check-condition.ts';
import type { PackCheck } from './problem.ts';

/**
 * For each act rows of which the last one, and no other, fits everything; steps of people who may decide
 * on that act, or its applications would wait for ever.
 */
export const checkApprovals: PackCheck = (pack, problems) => {
  const add: Add = (path, reason) => problems.push({ section: 'approvals', path, reason });
  checkOrder(pack.approvals, add);
  for (const [index, row] of pack.approvals.entries()) {
    const within: Add = (path, reason) => add([index, ...path], reason);
    checkSteps(row, within);
    checkCondition(pack, row.when ?? {}, (path, reason) => within(['when', ...path], reason));
  }
};

type Add = (path: readonly (string | number)[], reason: string) => void;

function checkOrder(approvals: readonly PackApproval[], add: Add): void {
  for (const act of approvalActs) {
    const rows = [...approvals.entries()].filter(([, row]) => row.act === act);
    if (rows.length === 0) add([], `缺少“${act}”的审批链（不需审批时写 steps: []）`);
    for (const [n, [index, { when = {} }]] of rows.entries()) {
      const last = n === rows.length - 1;
      const fitsAll = Object.keys(when).length === 0;
      if (fitsAll === last) continue;
      const reason = last
        ? `“${act}”的最后一行应适用于一切案件（不写 when）`
        : `“${act}”适用于一切案件的一行应放在最后，否则后面的行永远轮不到`;
      add([index, 'when'], reason);
    }
  }
}

/** The acts of which an incident may see several. */
const counted: ReadonlySet<string> = new Set(['extension', 'suspension']);

function checkSteps({ act, when, steps }: PackApproval, add: Add): void {
  const deciders = permissions[`decide-${act}`];
  for (const [at, role] of steps.entries()) {
    if (!deciders.includes(role)) add(['steps', at], `${role} 不能审批“${act}”`);
  }
  if (when?.earlier === undefined || counted.has(act)) return;
  add(['when', 'earlier'], `“${act}”不计次数，earlier 只用于 extension 和 suspension`);
}
