import { approvalActs, type Incident, type NewEvent } from '@cityloop/contracts';
import { type Change, dataOf } from './fact.ts';

const requestedFacts: ReadonlySet<string> = new Set(approvalActs.map((act) => `${act}-requested`));
const decidedFacts: ReadonlySet<string> = new Set(approvalActs.map((act) => `${act}-decided`));

/**
 * What moves an incident on: an application made where it stood before is void, be it that the act has
 * been done, that another was done instead, or that those who would decide no longer have the incident.
 */
const movesOn: ReadonlySet<string> = new Set([
  ...['fact-check-requested', 'merge-started', 'transferred'],
  ...['filed', 'declined', 'answered', 'self-handled'],
  ...['assigned', 'passed-down', 'escalated', 'taken-up', 'cancelled'],
  ...['returned', 'recalled', 'confirmed', 'rework-ordered', 'closed', 'withdrawn'],
]);

/** Whether the fact (the name behind the dot) leaves no application pending. */
export function voidsRequests(name: string): boolean {
  return movesOn.has(name);
}

/** Applications and decisions on them, told apart by the name behind the dot; undefined for others. */
export function evolveRequests(state: Incident, name: string, event: NewEvent): Change | undefined {
  if (requestedFacts.has(name)) {
    return { requests: [...state.requests, dataOf(event, 'dispatch.cancel-requested').request] };
  }
  if (decidedFacts.has(name)) return decided(state, event);
  if (name !== 'application-withdrawn') return undefined;
  const { requestId } = dataOf(event, 'intake.application-withdrawn');
  return { requests: state.requests.filter((r) => r.id !== requestId) };
}

function decided(state: Incident, event: NewEvent): Change {
  const { requestId, decision, final, by } = dataOf(event, 'dispatch.cancel-decided');
  if (!final) {
    const requests = state.requests.map((r) =>
      r.id === requestId ? { ...r, steps: r.steps.slice(1), agreed: [...r.agreed, by.id] } : r,
    );
    return { requests };
  }
  const act = state.requests.find((r) => r.id === requestId)?.act;
  const requests = state.requests.filter((r) => r.id !== requestId);
  if (decision === 'refuse') {
    // It is not accepted as handled: from here on it is filed like any other.
    return act === 'self-handled' ? { requests, selfHandled: undefined } : { requests };
  }
  if (act === 'suspension') return { requests, status: 'suspended' };
  if (act !== 'extension') return { requests };
  const { counters } = state;
  return { requests, counters: { ...counters, extensions: counters.extensions + 1 } };
}
