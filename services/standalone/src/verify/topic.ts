import { type EventLog, type LogRecord, scan } from '@cityloop/event-log';
import type { Queryable } from '@cityloop/postgres';
import type { Findings } from './findings.ts';

/** What the ledger has of a record. */
type Known = { readonly key: string; readonly version: number; readonly body: string };

/**
 * I4 of a topic that stands elsewhere: each incident's events in the order of their versions, repeats dropped,
 * and word for word what the ledger has. What a topic keeps no more is no finding, nor is what was published
 * again later; what it has and the ledger has not is, unless it came after the ledger was looked at.
 */
export async function checkTopic(
  db: Queryable,
  log: Pick<EventLog, 'ends' | 'subscribe'>,
  findings: Findings,
): Promise<void> {
  const reached = new Map<string, number>();
  await scan(log, 'incidents', async (records) => {
    findings.looked('I4', 'records of the topic', records.length);
    const named = records.flatMap((record) => {
      const version = versionOf(record);
      if (version !== undefined) return [{ key: record.key, version, body: record.body }];
      findings.found(
        'I4',
        `partition ${record.partition}, position ${record.position} is no event`,
      );
      return [];
    });
    for (const { key, version } of named) {
      const before = reached.get(key);
      // The first that is seen may be any: older ones have expired.
      if (before !== undefined && version > before + 1) {
        findings.found('I4', `the topic has version ${version} after ${before}`, {
          incidentId: key,
          version,
        });
      }
      reached.set(key, Math.max(before ?? 0, version));
    }
    await compareWords(db, named, findings);
  });
}

function versionOf(record: LogRecord): number | undefined {
  const decoded = record.decoded();
  if (decoded.kind === 'event') return decoded.event.version;
  return decoded.kind === 'poison' ? undefined : record.version();
}

/** What Postgres takes for a `uuid`, as far as we write any. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

async function compareWords(
  db: Queryable,
  records: readonly Known[],
  findings: Findings,
): Promise<void> {
  const named = records.filter(({ key }) => UUID.test(key));
  const nameless = records.filter(({ key }) => !UUID.test(key));
  for (const { key: incidentId, version } of nameless) {
    findings.found('I4', 'the key of the record is no id of an incident', { incidentId, version });
  }
  // As text the ids would not be found by the primary key.
  const differing = await db.query<{ key: string; version: number; there: boolean }>({
    text: `select t.key, t.version, e.incident_id is not null as there
           from unnest($1::uuid[], $2::int[], $3::text[]) as t (key, version, body)
           left join incident_event e on e.incident_id = t.key and e.version = t.version
           where e.body is distinct from t.body limit 20`,
    values: [
      named.map(({ key }) => key),
      named.map(({ version }) => version),
      named.map(({ body }) => body),
    ],
  });
  for (const { key: incidentId, version, there } of differing) {
    const what = there
      ? 'the topic has other words than the ledger'
      : 'the topic has an event the ledger has not got';
    findings.found('I4', what, { incidentId, version });
  }
}
