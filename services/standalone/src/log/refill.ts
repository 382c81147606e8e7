import { stages } from '@cityloop/contracts';
import { type EventLog, outboxSchema, type Publication, scan } from '@cityloop/event-log';
import { InvalidInput } from '@cityloop/kernel';
import { type Database, identifier } from '@cityloop/postgres';

export type Refilled = {
  /** Events given to the log; those it has already come twice, and readers drop them. */
  readonly events: number;
  /** Policy revisions it had lost. */
  readonly revisions: number;
};

const PAGE = 500;

/**
 * Gives a log that stands elsewhere what it has lost: the events since a time (ISO 8601, UTC) from the ledger, those the
 * ledger has not got from the outboxes, and the policy. May run beside the services.
 *
 * @throws InvalidInput `LOG_NOT_ELSEWHERE` when the log stands in this database
 */
export async function refill(
  db: Database,
  log: EventLog,
  since: string,
  onProgress: (events: number) => void = () => undefined,
): Promise<Refilled> {
  const [found] = await db.query<{ there: boolean }>({
    text: `select to_regclass('ledger.incident_event') is not null as there`,
  });
  if (found?.there !== true) {
    throw new InvalidInput(
      'LOG_NOT_ELSEWHERE',
      'the log of this database stands in it: there is nothing to fill again',
    );
  }
  const revisions = await refillPolicy(db, log);
  let events = 0;
  const publish = async (records: readonly Publication[]): Promise<void> => {
    await log.publish('incidents', records);
    events += records.length;
    onProgress(events);
  };
  await eventsOf(db, 'ledger', since, undefined, publish);
  for (const stage of stages) await eventsOf(db, outboxSchema(stage), since, 'ledger', publish);
  return { events, revisions };
}

/** The events of one schema in their order, but for those another one has. */
async function eventsOf(
  db: Database,
  schemaName: string,
  since: string,
  unlessIn: string | undefined,
  take: (records: readonly Publication[]) => Promise<void>,
): Promise<void> {
  const missing =
    unlessIn === undefined
      ? ''
      : `and not exists (select from ${identifier(unlessIn)}.incident_event k
                         where k.incident_id = e.incident_id and k.version = e.version)`;
  let after = 0;
  for (;;) {
    const rows = await db.query<{ position: number; key: string; body: string }>({
      text: `select position, incident_id as key, body from ${identifier(schemaName)}.incident_event e
             where position > $1 and substring(body from '"recordedat":"([^"]+)"') >= $2 ${missing}
             order by position limit ${PAGE}`,
      values: [after, since],
    });
    const last = rows.at(-1);
    if (last === undefined) return;
    await take(rows.map(({ key, body }) => ({ key, body })));
    after = last.position;
  }
}

async function refillPolicy(db: Database, log: EventLog): Promise<number> {
  const there = new Set<string>();
  await scan(log, 'policy', async (records) => {
    for (const { body } of records) there.add(body);
  });
  const rows = await db.query<{ section: string; body: string }>({
    text: 'select section, body from district.revision order by revision',
  });
  const lost = rows.filter(({ body }) => !there.has(body));
  await log.publish(
    'policy',
    lost.map(({ section: key, body }) => ({ key, body })),
  );
  return lost.length;
}
