import type { EventType } from './events.ts';

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members that are missing are added; what is there stays as it was told. */
function complete(value: unknown, missing: (told: Members) => Members): unknown {
  return isMembers(value) ? { ...missing(value), ...value } : value;
}

/** Nobody counted repeated calls, and an application was decided on at the centre that held the case. */
function completeIncident(incident: unknown): unknown {
  if (!isMembers(incident)) return incident;
  const { requests } = incident;
  const centre = () => ({ centreId: incident['centreId'] });
  return {
    ...incident,
    counters: complete(incident['counters'], () => ({ repeatCalls: 0 })),
    requests: Array.isArray(requests) ? requests.map((r) => complete(r, centre)) : requests,
  };
}

/** What each type once lacked; the members that carry an incident are completed in all of them. */
function missingIn(type: EventType, told: Members): Members {
  switch (type) {
    case 'dispatch.assigned':
      // Only a rule's suggestion was written down, and only when it was followed.
      return { suggestedBy: told['suggestion'] === undefined ? 'none' : 'rule' };
    case 'dispatch.return-ruled':
      return { fault: 'unrecorded' };
    default:
      return {};
  }
}

/**
 * The data of an event as today's schema wants it, from what builds recorded before the contracts were
 * published: they lacked members that are required now. Asked only about data the schema refuses, so
 * it costs nothing otherwise. From the first publication on, the schemas stay readable themselves
 * (`published/compatibility.ts`), and nothing is ever added here.
 */
export function completed(type: EventType, data: unknown): unknown {
  if (!isMembers(data)) return data;
  const { by, incident, dossier, request, facts } = data;
  const centreId = isMembers(by) && typeof by['centreId'] === 'string' ? by['centreId'] : '';
  return {
    ...missingIn(type, data),
    ...data,
    ...(incident === undefined ? {} : { incident: completeIncident(incident) }),
    ...(dossier === undefined ? {} : { dossier: completeIncident(dossier) }),
    ...(request === undefined ? {} : { request: complete(request, () => ({ centreId })) }),
    ...(facts === undefined ? {} : { facts: complete(facts, () => ({ repeatCalls: 0 })) }),
  };
}
