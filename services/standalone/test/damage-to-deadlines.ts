import { ofType, type Plant, rewritten } from './planting.ts';

/** Every deadline of one kind, an hour later in all that is written of the incident. */
const handleDue = `(select (body::json)->'data'->'clocks'->'handle'->>'dueAt' from log.incident_event
  where incident_id = $1::uuid and ${ofType('dispatch.assigned')})`;
const anHourLater = `to_char((${handleDue})::timestamptz at time zone 'UTC' + interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** What is done to deadlines by somebody who changes everything that follows from them too (I10). */
export const damageToDeadlines: readonly Plant[] = [
  {
    what: 'a deadline an hour later than it works out, wherever it is written',
    in: 'handled',
    damage: [
      `update monitor.incident set due_at = due_at + interval '1 hour'
       where incident_id = $1 and due_at = (${handleDue})::timestamptz`,
      ...rewritten(`replace(body, ${handleDue}, ${anHourLater})`, 'version > 1'),
    ],
    found: ['I10'],
    says: /I10 .*handle is due at .*, not at/,
  },
  {
    what: 'a limit that is not the one of its row',
    in: 'toRule',
    damage: rewritten(
      `regexp_replace(body, '("handle":\\{"epoch":\\d+,"limit":\\{"amount":)[0-9.]+', '\\199', 'g')`,
      'true',
    ),
    found: ['I10'],
    says: /I10 .*handle runs 99 /,
  },
  {
    what: 'a first promise that was never made',
    in: 'handled',
    damage: rewritten(`regexp_replace(body, '"firstDueAt":"20', '"firstDueAt":"21', 'g')`, 'true'),
    found: ['I10'],
    says: /I10 .*was first promised for/,
  },
];
