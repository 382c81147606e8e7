import type { Incident, NewEvent } from '@cityloop/contracts';
import { type Assist, assistClock } from './assists.ts';
import { type At, type Change, dataOf, unanswered } from './fact.ts';

/** 处置反馈: facts recorded while handling holds the incident. */
export function evolveHandling(state: Incident, event: NewEvent, at: At): Change {
  switch (event.type) {
    case 'handling.received':
      return received(state, event, at);
    case 'handling.crew-assigned':
      return onAssignment(state, { crew: [...event.data.personIds] });
    case 'handling.contacted': {
      const first = event.data.result === 'reached' && state.assignment?.contactedAt === undefined;
      if (!first) return {};
      const late = event.data.late === true ? { contactedLate: true as const } : {};
      return onAssignment(state, { contactedAt: at, ...late });
    }
    case 'handling.returned':
      return returned(state, event, at);
    case 'handling.recalled':
      return {
        status: 'to-dispatch',
        assignment: undefined,
        clockUnitId: event.data.unitId,
        lostBecause: event.data.reasonCode,
        demands: unanswered(state.demands),
      };
    case 'handling.resumed':
      return { status: 'handling' };
    case 'handling.finished':
      return finished(state, event, at);
    case 'handling.sent-back':
      return {
        status: 'handling',
        ...onAssignment(state, { finish: undefined }),
        demands: unanswered(state.demands),
      };
    case 'handling.confirmed':
      return {
        status: 'to-check',
        ...(event.data.clocks?.handle?.verdict === 'late' ? { everLate: true as const } : {}),
      };
    default:
      throw new RangeError(`handling does not record ${event.type}`);
  }
}

function onAssignment(
  state: Incident,
  change: Partial<NonNullable<Incident['assignment']>>,
): Change {
  return state.assignment === undefined ? {} : { assignment: { ...state.assignment, ...change } };
}

function withNew(list: readonly string[], ...added: readonly (string | undefined)[]): string[] {
  const result = [...list];
  for (const item of added) if (item !== undefined && !result.includes(item)) result.push(item);
  return result;
}

function received(state: Incident, event: NewEvent, at: At): Change {
  const { unitId, assist, by } = dataOf(event, 'handling.received');
  const units = { handlingUnits: withNew(state.handlingUnits, unitId, by.employer) };
  if (assist) return { ...units, ...onAssist(state, unitId, { receivedAt: at }) };
  return {
    status: 'handling',
    ...units,
    ...onAssignment(state, { receivedAt: at, receivedBy: by.id }),
  };
}

function onAssist(
  state: Incident,
  unitId: string,
  change: Pick<Assist, 'receivedAt' | 'finishedAt' | 'everLate'>,
): Change {
  const assists = state.assignment?.assists?.map((a) =>
    a.unitId === unitId ? { ...a, ...change } : a,
  );
  return assists === undefined ? {} : onAssignment(state, { assists });
}

function returned(state: Incident, event: NewEvent, at: At): Change {
  const data = dataOf(event, 'handling.returned');
  const { counters } = state;
  return {
    status: 'to-rule',
    assignment: undefined,
    clockUnitId: data.unitId,
    lastReturn: {
      at,
      by: data.by.id,
      unitId: data.unitId,
      reasonCode: data.reasonCode,
      dispatchedBy: state.assignment?.by ?? 'system',
      ...(data.suggestedUnitId === undefined ? {} : { suggestedUnitId: data.suggestedUnitId }),
    },
    counters: { ...counters, returns: counters.returns + 1 },
  };
}

function finished(state: Incident, event: NewEvent, at: At): Change {
  const { unitId, assist, by, result, answer } = dataOf(event, 'handling.finished');
  const handlers = withNew(state.handlers, by.id, ...(state.assignment?.crew ?? []));
  if (assist) {
    const late = event.data.clocks?.[assistClock(unitId)]?.verdict === 'late';
    const ended = { finishedAt: at, ...(late ? { everLate: true as const } : {}) };
    return { handlers, ...onAssist(state, unitId, ended) };
  }
  return {
    status: 'finished',
    handlers,
    ...onAssignment(state, {
      finish: { at, by: by.id, result, ...(answer === undefined ? {} : { answer }) },
    }),
    ...(answer === undefined
      ? {}
      : { demands: state.demands.map((d) => (d.wantsReply ? { ...d, answeredAt: at } : d)) }),
  };
}
