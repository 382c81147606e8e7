import type { EvaluationFacts, Incident } from '@cityloop/contracts';
import { assistClock, attribute, lastWord } from '@cityloop/incident';
import { fromIso } from '@cityloop/kernel';

/**
 * What an evaluation counts of one incident, at the moment archive takes it. `seconds` is wall time by
 * clock from its start to its stop; `late` names the clocks that were.
 */
export function evaluate(incident: Incident): EvaluationFacts {
  const { closing, counters } = incident;
  const { seconds, late } = counted(incident);
  return {
    outcome: incident.outcome ?? 'closed',
    ...(closing === undefined ? {} : { onTime: closing.onTime, resolved: closing.resolved }),
    ...(closing?.forced === true ? { forced: true as const } : {}),
    ...(incident.assignment === undefined ? {} : { unitId: incident.assignment.unitId }),
    ownerCentreId: incident.ownerCentreId,
    ...(incident.categoryCode === undefined ? {} : { categoryCode: incident.categoryCode }),
    ...(incident.standardId === undefined ? {} : { standardId: incident.standardId }),
    seconds,
    late,
    returns: counters.returns,
    reworks: counters.reworks,
    reopens: counters.reopens,
    extensions: counters.extensions,
    urges: counters.urges,
    supervisions: incident.supervisions.filter((s) => s.withdrawnAt === undefined).length,
    repeatCalls: counters.repeatCalls,
    satisfaction: incident.demands.flatMap((d) => lastWord(d, incident)?.satisfaction ?? []),
    ...firstContact(incident),
    ...attributed(incident),
  };
}

/** Who had it when; every clock has stopped, so that no present instant takes part. */
function attributed(incident: Incident): Pick<EvaluationFacts, 'attribution'> {
  const attribution = attribute(incident, fromIso(incident.recordedAt));
  return attribution === undefined ? {} : { attribution };
}

/** 先行联系 of who waits for an answer. */
function firstContact({ assignment, demands }: Incident): Pick<EvaluationFacts, 'firstContact'> {
  if (assignment === undefined || !demands.some((d) => d.wantsReply)) return {};
  if (assignment.contactedAt === undefined) return { firstContact: 'none' };
  return { firstContact: assignment.contactedLate === true ? 'late' : 'in-time' };
}

/** The clocks that ended late before a rework started them again. */
function onceLate({ everLate, assignment }: Incident): ReadonlySet<string> {
  const assists = assignment?.assists?.filter((assist) => assist.everLate === true) ?? [];
  const late = new Set<string>(assists.map(({ unitId }) => assistClock(unitId)));
  return everLate === true ? late.add('handle') : late;
}

function secondsBetween(from: string, to: string): number {
  return Math.round((fromIso(to) - fromIso(from)) / 1000);
}

/** Each clock that has stopped: how long it took, wall time, and which were late. */
function counted(incident: Incident): Pick<EvaluationFacts, 'seconds' | 'late'> {
  const seconds: Record<string, number> = {};
  const late: string[] = [];
  const lateOnce = onceLate(incident);
  const { accepted } = incident;
  if (accepted !== undefined) {
    seconds['accept'] = secondsBetween(incident.reportedAt, accepted.at);
    if (accepted.verdict === 'late') late.push('accept');
  }
  for (const [name, clock] of Object.entries(incident.clocks)) {
    if (clock.stoppedAt === undefined) continue;
    // 补立案 is counted apart: a clock of its own limit, where 受理 has ended already.
    const kind = name === 'accept' && accepted !== undefined ? 'complete-filing' : name;
    seconds[kind] = secondsBetween(clock.startedAt, clock.stoppedAt);
    // 按期 is judged at every confirmation: a rework that was on time does not wash off the first one.
    if (clock.verdict === 'late' || lateOnce.has(kind)) late.push(kind);
  }
  return { seconds, late };
}
