import { isUrgent } from '@cityloop/calendar';
import { refusals } from '@cityloop/contracts';
import { doubled, type PackCheck, uniqueBy } from './problem.ts';

/** Calendar ids once; every clock on a known calendar; the last end-to-end row fits everything. */
export const checkTiming: PackCheck = (pack, problems) => {
  const calendars = uniqueBy(
    pack.calendars.definitions,
    (calendar) => calendar.id,
    doubled('calendars', 'id', ['definitions']),
    problems,
  );
  const { 'end-to-end': endToEnd, amber: _share, pauses = [], ...single } = pack.clocks;
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
  uniqueBy(pauses, (row) => row.kind, doubled('clocks', 'kind', ['pauses']), problems);
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

/** Codes once a list; every decline says which of the two it is, every refusal what it says of the case. */
export const checkReasons: PackCheck = (pack, problems) => {
  for (const [act, list] of Object.entries(pack.reasons)) {
    uniqueBy(list, (reason) => reason.code, doubled('reasons', 'code', [act]), problems);
  }
  for (const act of refusals) {
    for (const [index, { validity }] of pack.reasons[act].entries()) {
      if (validity !== undefined) continue;
      problems.push({
        section: 'reasons',
        path: [act, index],
        reason: '须写明 validity：valid、invalid、duplicate 或 out-of-scope',
      });
    }
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
