import { decodeEvent, type Incident, isHandOver } from '@cityloop/contracts';
import { fold } from '@cityloop/incident';
import { type Database, identifier, statement } from '@cityloop/postgres';

/** Incidents with events of a type this build does not know: what the picture shows of them is not all. */
export type PassedOver = {
  /** Notes them down for a build that knows the type; durable when it resolves. */
  note(incidentIds: readonly string[]): Promise<void>;
  /** Gives what all events of those noted down come to, where this build knows them all; some at a time. */
  known(take: (states: readonly Incident[]) => Promise<void>): Promise<void>;
};

const PAGE = 200;

/**
 * Where the picture stands, and the log it is made of. What has become known is kept in mind for another day: a
 * build that does not know it may still be writing beside this one.
 */
export function passedOver(db: Database, schemaName: string, logSchema: string): PassedOver {
  const schema = identifier(schemaName);
  const note = statement(
    `insert into ${schema}.passed_over (incident_id) select distinct unnest($1::uuid[])
     on conflict (incident_id) do update set at = now()`,
  );
  const noted = statement(
    `select e.incident_id as id, e.body
     from (select incident_id from ${schema}.passed_over
           where $1::uuid is null or incident_id > $1 order by incident_id limit ${PAGE}) as page
     join ${identifier(logSchema)}.incident_event e using (incident_id)
     order by e.incident_id, e.version`,
  );
  const forget = statement(
    `delete from ${schema}.passed_over
     where incident_id = any($1::uuid[]) and at < now() - interval '1 day'`,
  );
  return {
    async note(incidentIds) {
      if (incidentIds.length > 0) await db.execute({ ...note, values: [incidentIds] });
    },
    async known(take) {
      let after: string | undefined;
      do {
        const rows = await db.query<{ id: string; body: string }>({
          ...noted,
          values: [after ?? null],
        });
        const known: Incident[] = [];
        for (const events of Map.groupBy(rows, ({ id }) => id).values()) {
          const state = foldOf(events.map(({ body }) => body));
          if (state !== undefined) known.push(state);
        }
        await take(known);
        await db.execute({ ...forget, values: [known.map(({ id }) => id)] });
        after = rows.at(-1)?.id;
      } while (after !== undefined);
    },
  };
}

/** Undefined when one of them cannot be read, or the first ones are not there any more. */
function foldOf(bodies: readonly string[]): Incident | undefined {
  let state: Incident | undefined;
  for (const body of bodies) {
    const decoded = decodeEvent(body);
    if (decoded.kind !== 'event') return undefined;
    const { event } = decoded;
    if (state === undefined && event.version > 1 && !isHandOver(event.type)) return undefined;
    state = fold(state, event);
  }
  return state;
}
