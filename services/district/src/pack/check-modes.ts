import { isUrgent } from '@cityloop/calendar';
import type { DistrictPack, PackMode } from '@cityloop/contracts';
import { checkRoute } from './check-catalogue.ts';
import { checkCondition } from './check-condition.ts';
import { checkLadders } from './check-escalation.ts';
import { doubled, type PackCheck, uniqueBy } from './problem.ts';

type Add = (path: readonly (string | number)[], reason: string) => void;

/**
 * Ids once; known areas, categories, standards and units; a limit of wall time; two different people with
 * the seats to propose and to approve; and each mode changes something.
 */
export const checkModes: PackCheck = (pack, problems) => {
  uniqueBy(pack.modes, (mode) => mode.id, doubled('modes', 'id'), problems);
  for (const [index, mode] of pack.modes.entries()) {
    const add: Add = (path, reason) =>
      problems.push({ section: 'modes', path: [index, ...path], reason });
    uniqueBy(mode.limits, (row) => row.id, doubled('modes', 'id', [index, 'limits']), problems);
    uniqueBy(mode.routing, (row) => row.id, doubled('modes', 'id', [index, 'routing']), problems);
    const changes = mode.limits.length + mode.routing.length + mode.ladders.length;
    if (changes === 0) {
      add([], '模式须至少改变一项：limits、routing 或 ladders');
    }
    if (!isUrgent(mode.longest.limit.unit))
      add(['longest'], '最长期限按自然时间计，写法如 3自然日');
    checkLimits(pack, mode, add);
    for (const [row, route] of mode.routing.entries()) {
      checkRoute(pack, route, (path, reason) => add(['routing', row, ...path], reason));
    }
    checkLadders(pack, mode.ladders, (path, reason) => add(['ladders', ...path], reason));
    checkParties(pack, mode, add);
  }
};

function checkLimits(pack: DistrictPack, mode: PackMode, add: Add): void {
  const standards = new Set(pack.catalogue.flatMap((c) => c.standards.map(({ id }) => id)));
  for (const [row, { when = {}, id }] of mode.limits.entries()) {
    const at: Add = (path, reason) => add(['limits', row, 'when', ...path], reason);
    checkCondition(pack, when, at);
    for (const [n, standard] of (when.standards ?? []).entries()) {
      if (!standards.has(standard)) at(['standards', n], `目录中没有立案标准“${standard}”`);
    }
    const before = mode.limits
      .slice(0, row)
      .find((one) => one.when === undefined && fitsAll(one.clocks, mode.limits[row]?.clocks));
    if (before !== undefined) {
      add(['limits', row, 'id'], `“${id}”永远轮不到：前面的“${before.id}”已适用于这些计时`);
    }
  }
}

const fitsAll = (of: readonly string[], clocks: readonly string[] = []): boolean =>
  clocks.every((clock) => of.includes(clock));

/** Somebody can propose it, and somebody else approve. */
function checkParties(pack: DistrictPack, mode: PackMode, add: Add): void {
  const seats = (party: 'propose' | 'approve'): readonly string[] =>
    pack.people
      .filter(({ roles }) => roles.some((role) => mode[party].roles.includes(role)))
      .filter(
        ({ centreId }) =>
          mode[party].level === undefined ||
          pack.centres.some(({ id, level }) => id === centreId && level === 'district'),
      )
      .map(({ id }) => id);
  if (pack.people.length === 0) return; // people come from elsewhere
  const [proposers, approvers] = [seats('propose'), seats('approve')];
  if (proposers.length === 0) add(['propose', 'roles'], '没有人能提出：无人任此角色');
  const two = proposers.some((proposer) => approvers.some((approver) => approver !== proposer));
  if (!two) add(['approve', 'roles'], '没有第二个人能批准：提出和批准须是两个人');
}
