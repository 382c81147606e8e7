import type { Incident, NewEvent } from '@cityloop/contracts';
import { type At, type Change, dataOf } from './fact.ts';

/** 统一受理 and 发现上报: facts recorded while intake holds the incident. */
export function evolveIntake(state: Incident, event: NewEvent, at: At): Change {
  switch (event.type) {
    case 'intake.fact-check-requested': {
      const { askedOf, by } = event.data;
      return {
        status: 'fact-checking',
        factCheck: { ...(askedOf === undefined ? {} : { askedOf }), at, by: by.id },
      };
    }
    case 'intake.fact-check-reported': {
      const { outcome, by } = event.data;
      return { status: 'reported', factCheck: { ...state.factCheck, at, by: by.id, outcome } };
    }
    case 'intake.merge-started':
      return { status: 'merging', mergingInto: event.data.into };
    case 'intake.merge-abandoned':
      return { status: 'reported', mergingInto: undefined };
    case 'intake.transferred': {
      const { toCentreId, level } = event.data;
      return { ownerCentreId: toCentreId, centreId: toCentreId, level };
    }
    case 'intake.filed':
      return filed(state, event, at);
    case 'intake.declined':
      return ended('declined', at);
    case 'intake.answered':
      return {
        ...ended('answered', at),
        demands: state.demands.map((d) => (d.wantsReply ? { ...d, answeredAt: at } : d)),
      };
    case 'intake.merged':
      return ended('merged', at);
    case 'intake.self-handled':
      return {
        ...ended('self-handled', at),
        categoryCode: event.data.categoryCode,
        standardId: event.data.standardId,
        handlers: [...state.handlers, state.discoveredBy.id],
      };
    default:
      throw new RangeError(`intake does not record ${event.type}`);
  }
}

function ended(outcome: 'declined' | 'answered' | 'merged' | 'self-handled', at: At): Change {
  return { status: outcome, outcome, endedAt: at };
}

function filed(state: Incident, event: NewEvent, at: At): Change {
  const { categoryCode, kind, standardId, pending, verdict } = dataOf(event, 'intake.filed');
  return {
    status: 'to-dispatch',
    ownerCentreId: state.centreId,
    categoryCode,
    kind,
    ...(standardId === undefined ? {} : { standardId }),
    ...(pending === undefined ? {} : { standardPending: pending }),
    ...(verdict === undefined ? {} : { accepted: { at, verdict } }),
    // Filed all the same: the self-handling was not accepted.
    ...(state.selfHandled === undefined ? {} : { selfHandled: undefined }),
  };
}
