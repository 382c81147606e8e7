import type { IncidentEvent } from '@cityloop/contracts';
import { dataNames } from '@cityloop/contracts/published';

type Members = Readonly<Record<string, unknown>>;
/** Where a value stands: in a part that looks the same everywhere, or in the data of a type. */
type Place = { readonly part: string; readonly path: readonly string[] };

/** The members that are such parts. */
const parts: Readonly<Record<string, string>> = {
  ...{ dossier: 'Incident', incident: 'Incident', by: 'Actor', discoveredBy: 'Actor' },
  ...{ evidence: 'Evidence', demands: 'Demand', demand: 'Demand', pauses: 'Pause' },
  ...{ requests: 'Request', request: 'Request', supervision: 'Supervision' },
  ...{ supervisions: 'Supervision', check: 'Check', checks: 'Check', callBack: 'CallBack' },
  ...{ callBacks: 'CallBack', assignment: 'Assignment', clocks: 'ClockBook' },
};
/** What is a record: its members have any name. */
const records: ReadonlySet<string> = new Set(['ClockBook', 'seconds', 'before']);
/** What every act may carry, whichever it is. */
const ofAnyAct: ReadonlySet<string> = new Set(['text', 'key']);

const names = dataNames();

function placeOf(member: string, value: unknown, { part, path }: Place): Place {
  const own = typeof value === 'object' ? parts[member] : undefined;
  if (own !== undefined) return { part: own, path: [] };
  const isRecord = records.has(path.at(-1) ?? part);
  return { part, path: [...path, isRecord ? '*' : member] };
}

function shapesBelow(value: unknown, at: Place): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => shapesBelow(item, at));
  if (typeof value !== 'object' || value === null) {
    return [`${at.part} ${at.path.join('.')}: ${value === null ? 'null' : typeof value}`];
  }
  return Object.entries(value as Members).flatMap(([member, inner]) =>
    shapesBelow(inner, placeOf(member, inner, at)),
  );
}

/**
 * The name of an event's data, and every place in them that says something, with the kind of what
 * stands there. Types that share a schema share their shapes, and so do parts wherever they stand.
 */
export function shapesOf({ type, data }: IncidentEvent): ReadonlySet<string> {
  const name = names.get(type) ?? type;
  const shapes = Object.entries(data as Members).flatMap(([member, value]) => {
    const part = ofAnyAct.has(member) ? 'act' : name;
    return shapesBelow(value, placeOf(member, value, { part, path: [] }));
  });
  return new Set([name, ...shapes]);
}
