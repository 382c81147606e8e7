import type { DataOf, Demand, EventType, Incident, NewEvent } from '@cityloop/contracts';

/** What changes in the state by the facts of one event; the common members are added by `evolve`. */
export type Change = Partial<Incident>;

/** When an event is recorded, ISO 8601. */
export type At = string;

/** The data of an event whose type the caller has just told apart by its name. */
export function dataOf<T extends EventType>(event: NewEvent, _type: T): DataOf<T> {
  // Only `<stage>.` can differ from `_type`, and the schema is the same for every stage.
  return event.data as DataOf<T>;
}

/** The callers as they wait once more: an answer told of work that has to be done again. */
export function unanswered(demands: readonly Demand[]): Demand[] {
  return demands.map(({ answeredAt: _, ...waiting }) => waiting);
}
