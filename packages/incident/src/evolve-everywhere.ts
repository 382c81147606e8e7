import type { Demand, Incident, NewEvent } from '@cityloop/contracts';
import { type At, type Change, dataOf } from './fact.ts';
import { openGranted } from './pauses.ts';

/**
 * Facts that mean the same whoever records them (`handling.noted`, `dispatch.noted` …), told apart by
 * the name behind the dot; undefined when the fact belongs to one stage only.
 */
export function evolveEverywhere(
  state: Incident,
  name: string,
  event: NewEvent,
  at: At,
): Change | undefined {
  switch (name) {
    case 'replanned':
      return { policyRevision: dataOf(event, 'intake.replanned').revision };
    case 'went-live':
      return { imported: undefined };
    case 'noted':
    case 'clock-warned':
    case 'clock-overdue':
      return {}; // what they change is in the event's `clocks`
    case 'supplemented':
      return withDemands(state, [...state.demands, dataOf(event, 'intake.supplemented').demand]);
    case 'amended':
      return amended(state, event);
    case 'pause-revoked': {
      const { pauses = [], clocks } = dataOf(event, 'intake.pause-revoked');
      const over = state.status === 'suspended' && openGranted({ pauses }) === undefined;
      return {
        ...(over ? { status: 'handling' } : {}),
        ...(clocks?.handle?.verdict === 'late' ? { everLate: true } : {}),
      };
    }
    case 'urged':
      return urged(state, event);
    case 'supervised':
      return {
        supervisions: [...state.supervisions, dataOf(event, 'intake.supervised').supervision],
      };
    case 'supervision-replied':
      return supervision(state, event, { repliedAt: at });
    case 'supervision-withdrawn':
      return supervision(state, event, { withdrawnAt: at });
    case 'absorbed': {
      const data = dataOf(event, 'intake.absorbed');
      return {
        ...withDemands(state, [...state.demands, ...data.demands]),
        absorbed: [...(state.absorbed ?? []), data.incidentId],
      };
    }
    case 'released': {
      const { incidentId, demandIds } = dataOf(event, 'intake.released');
      return {
        ...withDemands(
          state,
          state.demands.filter((d) => !demandIds.includes(d.id)),
        ),
        absorbed: state.absorbed?.filter((id) => id !== incidentId),
      };
    }
    case 'demand-withdrawn': {
      const { demandId } = dataOf(event, 'intake.demand-withdrawn');
      return { demands: state.demands.filter((d) => d.id !== demandId) };
    }
    case 'withdrawn':
      return { status: 'withdrawn', outcome: 'withdrawn', endedAt: at };
    default:
      return undefined;
  }
}

/** Counts 重复来电 anew: the demands of callers who had one here before, whichever way they came. */
function withDemands({ counters }: Incident, demands: Demand[]): Change {
  const callers = demands.flatMap(({ pseudonym }) => (pseudonym === undefined ? [] : [pseudonym]));
  const repeatCalls = callers.length - new Set(callers).size;
  return { demands, counters: { ...counters, repeatCalls } };
}

function amended(state: Incident, event: NewEvent): Change {
  const { after } = dataOf(event, 'intake.amended');
  return {
    ...(state.standardPending && after.standardId ? { standardPending: undefined } : {}),
    ...(after.categoryCode === undefined ? {} : { categoryCode: after.categoryCode }),
    ...(after.standardId === undefined ? {} : { standardId: after.standardId }),
    ...(after.kind === undefined ? {} : { kind: after.kind }),
    ...(after.location === undefined ? {} : { location: after.location }),
    ...(after.ground === undefined ? {} : { ground: after.ground }),
    ...(after.urgency === undefined ? {} : { urgency: after.urgency }),
  };
}

function urged(state: Incident, event: NewEvent): Change {
  const { demandId, count } = dataOf(event, 'intake.urged');
  return {
    counters: { ...state.counters, urges: count },
    demands: state.demands.map((d) =>
      d.id === demandId ? { ...d, urged: (d.urged ?? 0) + 1 } : d,
    ),
  };
}

function supervision(
  state: Incident,
  event: NewEvent,
  mark: { repliedAt: string } | { withdrawnAt: string },
): Change {
  const { supervisionId } = dataOf(event, 'intake.supervision-replied');
  return {
    supervisions: state.supervisions.map((s) => (s.id === supervisionId ? { ...s, ...mark } : s)),
  };
}
