import type { Incident, NewEvent } from '@cityloop/contracts';
import { type At, type Change, dataOf, unanswered } from './fact.ts';

/** 任务核查 and 评价归档: facts recorded while verification or archive holds the incident. */
export function evolveVerification(state: Incident, event: NewEvent, at: At): Change {
  switch (event.type) {
    case 'verification.checked':
      return checked(state, event);
    case 'verification.called-back': {
      const { demandId, callBack } = event.data;
      return {
        demands: state.demands.map((d) =>
          d.id === demandId ? { ...d, callBacks: [...(d.callBacks ?? []), callBack] } : d,
        ),
      };
    }
    case 'verification.rework-ordered':
      return reworkOrdered(state, event);
    case 'verification.closed':
      return closed(event, at);
    case 'archive.evaluated':
      return { archiveDueAt: event.data.archiveDueAt };
    case 'archive.reopened':
      return reopened(state);
    case 'archive.unmerge-started':
      return { unmerging: true };
    case 'archive.unmerge-abandoned':
      return { unmerging: undefined };
    case 'archive.unmerged':
      return unmerged;
    case 'archive.archived':
      return { status: 'archived', archivedAt: at, archiveDueAt: undefined };
    default:
      throw new RangeError(`nobody records ${event.type}`);
  }
}

function checked(state: Incident, event: NewEvent): Change {
  const { check } = dataOf(event, 'verification.checked');
  const { counters } = state;
  const unable = check.outcome === 'unable';
  return {
    status: check.outcome === 'pass' ? 'to-close' : 'to-check',
    checks: [...state.checks, check],
    ...(unable ? { counters: { ...counters, unableChecks: counters.unableChecks + 1 } } : {}),
  };
}

function reworkOrdered(state: Incident, event: NewEvent): Change {
  const { assists: again } = dataOf(event, 'verification.rework-ordered');
  const { assignment, counters } = state;
  const assists = assignment?.assists?.map(({ finishedAt, ...open }) =>
    finishedAt === undefined || again?.includes(open.unitId) ? open : { ...open, finishedAt },
  );
  return {
    status: 'handling',
    counters: { ...counters, reworks: counters.reworks + 1, unableChecks: 0 },
    demands: unanswered(state.demands),
    ...(assignment === undefined
      ? {}
      : {
          assignment: {
            ...assignment,
            finish: undefined,
            ...(assists === undefined ? {} : { assists }),
          },
        }),
  };
}

function closed(event: NewEvent, at: At): Change {
  const { by, forced, onTime, resolved } = dataOf(event, 'verification.closed');
  return {
    status: 'closed',
    outcome: 'closed',
    endedAt: at,
    closing: { at, by: by.id, onTime, resolved, ...(forced === undefined ? {} : { forced }) },
  };
}

/** As it was before it was merged: reported, and not filed yet. */
const unmerged: Change = {
  status: 'reported',
  unmerging: undefined,
  mergingInto: undefined,
  outcome: undefined,
  endedAt: undefined,
  archiveDueAt: undefined,
};

/** A new round: what the first one used up binds no more, its evaluation has been recorded. */
function reopened(state: Incident): Change {
  const { counters } = state;
  return {
    status: 'to-dispatch',
    counters: {
      ...counters,
      returns: 0,
      extensions: 0,
      reopens: counters.reopens + 1,
      unableChecks: 0,
    },
    demands: unanswered(state.demands),
    everLate: undefined,
    clockUnitId: undefined,
    lostBecause: undefined,
    lastReturn: undefined,
    assignment: undefined,
    closing: undefined,
    outcome: undefined,
    endedAt: undefined,
    archiveDueAt: undefined,
    mergingInto: undefined,
    checks: [],
  };
}
