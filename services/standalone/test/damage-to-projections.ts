import { appended, type Damage, ofType, type Plant, rewritten } from './planting.ts';

const noted = ofType('handling.noted');
const marked = ofType('intake.clock-overdue');

/** The last hand-over stands in the log, and its receiver has not come so far. */
export const notYetRead: Damage = [
  `delete from verification.incident where incident_id = $1`,
  `update verification.log_offset set position = 1, event_id = (
     select (body::json)->>'id' from log.incident_event where position = 1)`,
];

/** What is done to the rows of services, the live picture, the clocks, and the chain (I5 to I8). */
export const damageToProjections: readonly Plant[] = [
  {
    what: 'a stale row of a service',
    in: 'handled',
    damage: [`update handling.incident set status = 'assigned' where incident_id = $1`],
    found: ['I5'],
    says: /status is "assigned" in the row, "handling" by the history/,
  },
  {
    what: 'a row that has forgotten who assists',
    in: 'assisted',
    damage: [`update handling.incident set assists = null where incident_id = $1`],
    found: ['I5'],
    says: /assists is null in the row, \["handling wujiaochang-cleaning"\] by the history/,
  },
  {
    what: 'a row in which an assisting unit has not received it yet',
    in: 'assisted',
    damage: [
      `update handling.incident set assists = '{assigned wujiaochang-cleaning}' where incident_id = $1`,
    ],
    found: ['I5'],
    says: /assists is \["assigned wujiaochang-cleaning"\] in the row/,
  },
  {
    what: 'an assisting unit whose clock is another’s',
    in: 'assisted',
    damage: rewritten(
      `replace(body, '"assist:wujiaochang-cleaning"', '"assist:wujiaochang-office"')`,
      ofType('dispatch.assigned'),
    ),
    found: ['I6'],
    says: /assist:wujiaochang-office runs for nothing\n.*assist:wujiaochang-cleaning does not run/,
  },
  {
    what: 'a stale row of the live picture',
    in: 'handled',
    damage: [`update monitor.incident set version = version - 1 where incident_id = $1`],
    found: ['I5'],
    says: /the live picture is at version/,
  },
  {
    what: 'a live picture that shows something else',
    in: 'handled',
    damage: [`update monitor.incident set overdue = not overdue where incident_id = $1`],
    found: ['I5'],
    says: /differs from the history: overdue/,
  },
  {
    what: 'a live picture that lags for good',
    in: 'handled',
    damage: [
      `update monitor.log_offset set position = 10, event_id = (
         select (body::json)->>'id' from log.incident_event where position = 10)`,
    ],
    found: ['I8'],
    says: /monitor is behind the log/,
    settled: true,
  },
  {
    what: 'a service that does not read its hand-overs',
    in: 'confirmed',
    damage: notYetRead,
    found: ['I8'],
    says: /hand-overs verification has not read: 1/,
    settled: true,
  },
  {
    what: 'a hand-over that was lost',
    in: 'confirmed',
    damage: [`delete from verification.incident where incident_id = $1`],
    found: ['I5'],
    says: /handed to verification, which has read on and never took it/,
  },
  {
    what: 'two custodians',
    in: 'handled',
    damage: [
      `insert into verification.incident
         (incident_id, base, version, since, custodian, held, status, centre_id, unit_id, next_due_at)
       select incident_id, base, version, since, 'verification', true, 'to-check', centre_id, unit_id,
              next_due_at
       from handling.incident where incident_id = $1`,
    ],
    found: ['I5'],
    says: /held at once by handling and verification/,
  },
  {
    what: 'an evaluation that does not follow from the history',
    in: 'archived',
    damage: rewritten(`replace(body, '"reworks":0', '"reworks":3')`, ofType('archive.evaluated')),
    found: ['I5'],
    says: /the evaluation differs from the history: reworks/,
  },
  {
    what: 'an ask nobody answers',
    in: 'merged',
    damage: [
      `update intake.ask set answered_at = null, at = at - interval '1 hour' where about = $1`,
    ],
    found: ['I8'],
    says: /asks of intake without an answer: 1/,
  },
  {
    what: 'a lost timer',
    in: 'handled',
    damage: [`update handling.incident set next_due_at = null where incident_id = $1`],
    found: ['I6'],
    says: /the alarm is not armed, but .* comes due/,
  },
  {
    what: 'a timer that was put off',
    in: 'handled',
    damage: [
      `update handling.incident set next_due_at = next_due_at + interval '1 minute' where incident_id = $1`,
    ],
    found: ['I6'],
    says: /the alarm is armed for/,
  },
  {
    what: 'a red mark that is missing',
    in: 'reported',
    damage: [
      ...rewritten(
        `regexp_replace(replace(body, 'intake.clock-overdue', 'intake.noted'), ',"clocks":\\{.*', '}}')`,
        marked,
      ),
      `update monitor.incident set overdue = false where incident_id = $1`,
    ],
    found: ['I6'],
    says: /the alarm is armed for/,
  },
  {
    what: 'an upstream due that binds nothing',
    in: 'promised',
    damage: rewritten(
      `regexp_replace(body, '"upstreamDueAt":"[^"]+"', '"upstreamDueAt":"2020-01-01T00:00:00.000Z"')`,
      ofType('handling.supplemented'),
    ),
    found: ['I6'],
    says: /I6 .*but upstream waits for 2020-01-01T00:00:00.000Z only/,
  },
  {
    what: 'a clock that was passed over',
    in: 'imported',
    damage: rewritten(
      `regexp_replace(replace(body, 'intake.clock-overdue', 'intake.noted'), ',"clocks":\\{.*', '}}')`,
      marked,
    ),
    found: ['I6'],
    says: /I6 .*accept was due at .* and has no mark/,
  },
  {
    what: 'a red mark set twice',
    in: 'reported',
    damage: [
      ...appended(
        `regexp_replace(regexp_replace(replace(body, (body::json)->>'id', gen_random_uuid()::text),
           '"sequence":"\\d+"', '"sequence":"' || (
             select max(version) + 1 from log.incident_event where incident_id = $1::uuid) || '"'),
           '"recordedat":"[^"]+"', (
             select substring(body from '"recordedat":"[^"]+"') from log.incident_event
             where incident_id = $1::uuid order by version desc limit 1))`,
        marked,
      ),
      `update intake.incident set version = version + 1 where incident_id = $1`,
    ],
    found: ['I6'],
    says: /marks accept of epoch 1 a second time/,
  },
  {
    what: 'a red mark before its time',
    in: 'reported',
    damage: [
      ...rewritten(
        `regexp_replace(body, '"recordedat":"[^"]+"', (
           select substring(body from '"recordedat":"[^"]+"') from log.incident_event
           where incident_id = $1::uuid and version = 1))`,
        'version > 1',
      ),
      `update monitor.incident set updated_at = reported_at where incident_id = $1`,
    ],
    found: ['I6'],
    says: /before it was due at/,
  },
  {
    what: 'a verdict turned round',
    in: 'closed',
    damage: rewritten(
      `regexp_replace(body, '"verdict":"on-time"', '"verdict":"late"', 'g')`,
      'true',
    ),
    found: ['I3', 'I5', 'I6'],
    says: /I6 .*is called late/,
  },
  {
    what: 'a block cut short',
    in: 'handled',
    damage: [
      `update archive.ledger_block set hashes = substr(hashes, 33),
              hash = sha256(previous || substr(hashes, 33))
       where block = (select max(block) from archive.ledger_block)`,
    ],
    found: ['I2', 'I7'],
    says: /I7 .*has the hashes of \d+ events/,
  },
  {
    what: 'a deleted block',
    in: 'handled',
    damage: [`delete from archive.ledger_block where block = 3`],
    found: ['I7'],
    says: /comes after block 2: one is missing/,
  },
  {
    what: 'a chain that was cut and tied again',
    in: 'handled',
    damage: [
      `update archive.ledger_block set previous = sha256('x'::bytea) where block = 2`,
      `update archive.ledger_block set hash = sha256(previous || hashes) where block = 2`,
    ],
    found: ['I7'],
    says: /ledger block 2 .*does not hang on the block before it/,
  },
  {
    what: 'a telephone number in an event',
    in: 'handled',
    damage: rewritten(`replace(body, '已到现场', '已联系 13912345678')`, noted),
    found: ['I7'],
    says: /text has an unmasked telephone or identity number/,
  },
  {
    what: 'an incident that stands still behind a record set aside',
    in: 'handled',
    damage: [
      `insert into handling.parked (topic, partition, position, incident_id, code, reason, body)
       values ('incidents', 0, 1, $1, 'EVENT_NOT_JSON', 'planted', '{')`,
    ],
    found: ['I8'],
    says: /parked at handling: 1/,
    settled: true,
  },
];
