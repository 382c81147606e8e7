import type { Incident, NewEvent } from '@cityloop/contracts';
import { type At, type Change, dataOf } from './fact.ts';

/** 指挥派遣: facts recorded while dispatch holds the incident, and the archive's way back to it. */
export function evolveDispatch(state: Incident, event: NewEvent, at: At): Change {
  switch (event.type) {
    case 'dispatch.assigned':
      return assigned(state, event, at);
    case 'dispatch.passed-down':
      return {
        ...moved(state, event.data.toCentreId, 'subdistrict'),
        ...(event.data.ground === undefined ? {} : { ground: event.data.ground }),
      };
    case 'dispatch.escalated':
    case 'dispatch.taken-up':
      return moved(state, event.data.toCentreId, 'district');
    case 'dispatch.return-ruled':
      return { status: 'to-dispatch' };
    case 'dispatch.cancelled':
      return { status: 'cancelled', outcome: 'cancelled', endedAt: at };
    default:
      throw new RangeError(`dispatch does not record ${event.type}`);
  }
}

function moved(state: Incident, centreId: string, level: Incident['level']): Change {
  const { counters } = state;
  return { centreId, level, counters: { ...counters, levelMoves: counters.levelMoves + 1 } };
}

function assigned(state: Incident, event: NewEvent, at: At): Change {
  const data = dataOf(event, 'dispatch.assigned');
  const { counters } = state;
  const proposer = data.suggestedBy === 'returning-unit' ? state.lastReturn?.unitId : undefined;
  const suggestedBy = data.suggestion?.ruleId ?? proposer;
  return {
    status: 'assigned',
    assignment: {
      unitId: data.unitId,
      centreId: data.unitCentreId,
      at,
      by: data.by.id,
      ...(suggestedBy === undefined ? {} : { suggestedBy }),
      ...(data.final === undefined ? {} : { final: data.final }),
      ...(data.assists === undefined ? {} : { assists: data.assists }),
    },
    clockUnitId: undefined,
    lostBecause: undefined,
    counters: { ...counters, assignments: counters.assignments + 1 },
  };
}
