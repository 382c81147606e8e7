import { appended, ofType, type Plant, reseal, rewritten } from './planting.ts';

const noted = ofType('handling.noted');

/** What is done to keys, events, their order, and the ledger (I1 to I4). */
export const damageToHistory: readonly Plant[] = [
  {
    what: 'an answer that leads nowhere',
    in: 'handled',
    damage: [
      `insert into intake.command_key (key, body_hash, answer)
       select 'lost', body_hash, regexp_replace(answer, '"id":"[^"]+"', '"id":"' || gen_random_uuid() || '"')
       from intake.command_key limit 1`,
    ],
    found: ['I1'],
    says: /intake answered the command lost/,
  },
  {
    what: 'an answer that is gone',
    in: 'handled',
    damage: [
      `delete from handling.command_key where key = (
         select split_part((body::json)->'data'->>'key', '.', 1) from log.incident_event
         where incident_id = $1 and ${noted})`,
    ],
    found: ['I1'],
    says: /no longer has the answer/,
  },
  {
    what: 'a command that was refused, and done after all',
    in: 'handled',
    damage: [
      `update handling.command_key set answer = '{"refused":{"name":"RuleViolation","code":"NOT_IN_CUSTODY","message":"","details":{}}}'
       where key = (select split_part((body::json)->'data'->>'key', '.', 1) from log.incident_event
                    where incident_id = $1 and ${noted})`,
    ],
    found: ['I9'],
    says: /was refused with NOT_IN_CUSTODY, and done/,
  },
  {
    what: 'an answer that says something else',
    in: 'handled',
    damage: [
      `update handling.command_key set answer = replace(answer, '"status":"handling"', '"status":"assigned"')
       where strpos(answer, $1) > 0 and strpos(answer, '"status":"handling"') > 0`,
    ],
    found: ['I1'],
    says: /its answer says/,
  },
  {
    what: 'one command that bore two incidents',
    in: 'masked',
    damage: rewritten(
      `regexp_replace(body, '"key":"[^"]+"', '"key":"' || (
         select (body::json)->'data'->>'key' from log.incident_event
         where version = 1 and incident_id <> $1::uuid limit 1) || '"', 'g')`,
      'version = 1',
    ),
    found: ['I1'],
    says: /were born of one command/,
  },
  {
    what: 'a command that was done twice',
    in: 'handled',
    damage: rewritten(
      `regexp_replace(body, '"key":"[^"]+"', '"key":"' || (
         select (body::json)->'data'->>'key' from log.incident_event
         where incident_id = $1 and ${noted}) || '"')`,
      ofType('handling.contacted'),
    ),
    found: ['I1'],
    says: /was done a second time/,
  },
  {
    what: 'a source number that stands for another incident',
    in: 'reported',
    damage: [
      `update intake.source set incident_id = (
         select incident_id from intake.source where incident_id <> $1 limit 1)
       where incident_id = $1`,
    ],
    found: ['I1'],
    says: /its source number grid-worker source-reported\/1 stands for/,
  },
  {
    what: 'a deleted history row',
    in: 'handled',
    damage: [`delete from log.incident_event where incident_id = $1 and ${noted}`],
    found: ['I1', 'I2', 'I3', 'I4'],
    says: /sealed at position \d+ is gone from the log/,
  },
  {
    what: 'an event that stands under another version as well',
    in: 'handled',
    damage: appended('body', noted),
    found: ['I2'],
    says: /the event itself says it is version/,
  },
  {
    what: 'words changed in the log',
    in: 'handled',
    damage: [
      `update log.incident_event set body = replace(body, '已到现场', '未到现场')
       where incident_id = $1 and ${noted}`,
    ],
    found: ['I2'],
    says: /no longer says what was sealed/,
  },
  {
    what: 'a seal changed in the ledger',
    in: 'handled',
    damage: [
      `update archive.ledger_block set hashes = set_byte(hashes, 7, get_byte(hashes, 7) # 1)
       where block = (select block from archive.ledger_block join log.incident_event
                        on position between first_position and last_position
                      where incident_id = $1 and ${noted})`,
    ],
    found: ['I7'],
    says: /ledger block \d+ .* was changed/,
  },
  {
    what: 'a row that is ahead of its history',
    in: 'handled',
    damage: [`update handling.incident set version = version + 1 where incident_id = $1`],
    found: ['I2', 'I5'],
    says: /I2 .*the row of handling is at version/,
  },
  {
    what: 'a row without a history',
    in: 'handled',
    damage: [
      `insert into dispatch.incident (incident_id, base, version, since, custodian, held)
       values (gen_random_uuid(), 0, 3, 2, 'handling', false)`,
    ],
    found: ['I2'],
    says: /there is no history/,
  },
  {
    what: 'an event taken out by somebody who ties the chain again',
    in: 'handled',
    damage: [`delete from log.incident_event where incident_id = $1 and ${noted}`, ...reseal],
    found: ['I1', 'I3', 'I4', 'I7'],
    says: /I3 .*one is missing/,
  },
  {
    what: 'an event of a stage that did not hold the incident',
    in: 'handled',
    damage: rewritten(
      `replace(replace(body, 'cn.cityloop.handling.', 'cn.cityloop.verification.'),
               '"custodian":"handling"', '"custodian":"verification"')`,
      noted,
    ),
    found: ['I1', 'I3', 'I5'],
    says: /verification.noted was written while handling held it/,
  },
  {
    what: 'a step that cannot follow upon the status',
    in: 'handled',
    damage: rewritten(
      `replace(replace(body, 'handling.contacted', 'handling.sent-back'), '"result":"reached"', '"unitId":"x"')`,
      ofType('handling.contacted'),
    ),
    found: ['I3'],
    says: /I3 .*sent-back came upon status handling/,
  },
  {
    what: 'an incident that goes live without having been imported',
    in: 'handled',
    damage: rewritten(`replace(body, 'handling.noted', 'handling.went-live')`, noted),
    found: ['I3'],
    says: /goes live a second time, or was never imported/,
  },
  {
    what: 'an event that cannot be read',
    in: 'handled',
    damage: rewritten(
      `replace(body, '"result":"reached"', '"result":7')`,
      ofType('handling.contacted'),
    ),
    found: ['I3'],
    says: /cannot be read: EVENT_DATA/,
  },
  {
    what: 'a dossier that is not what the history says',
    in: 'handled',
    damage: rewritten(
      `replace(body, '"assignments":1', '"assignments":2')`,
      ofType('dispatch.assigned'),
    ),
    found: ['I3'],
    says: /dossier of dispatch.assigned is not what the history says: counters.assignments/,
  },
  {
    what: 'a number given twice',
    in: 'declined',
    damage: [
      ...rewritten(
        `regexp_replace(body, '"number":"[^"]+"', '"number":"' || (
           select number from monitor.incident where incident_id <> $1::uuid limit 1) || '"', 'g')`,
        'true',
      ),
      `update monitor.incident set number = (
         select number from monitor.incident where incident_id <> $1 limit 1) where incident_id = $1`,
      `update intake.command_key set answer = regexp_replace(answer, '"number":"[^"]+"', '"number":"' || (
         select number from monitor.incident where incident_id = $1::uuid) || '"')
       where strpos(answer, $1::text) > 0`,
    ],
    found: ['I3'],
    says: /have the number 310110-/,
  },
  {
    what: 'a recording time that goes back',
    in: 'handled',
    damage: rewritten(`regexp_replace(body, '"recordedat":"20', '"recordedat":"19')`, noted),
    found: ['I4'],
    says: /goes back behind the one before/,
  },
  {
    what: 'two events that changed places in the log',
    in: 'handled',
    damage: [
      `update log.incident_event set position = -position where incident_id = $1`,
      `with two as (
         select version, position, ${noted} as noted from log.incident_event
         where incident_id = $1 and (${noted} or ${ofType('handling.contacted')})
       )
       update log.incident_event e
       set position = -coalesce((select o.position from two o join two m on o.noted <> m.noted
                                 where m.version = e.version), e.position)
       where incident_id = $1`,
      ...reseal,
    ],
    found: ['I4'],
    says: /the version before at/,
  },
  {
    what: 'a log that is shorter than its head says',
    in: 'handled',
    damage: [`update log.head set next = next + 5 where topic = 'incidents'`],
    found: ['I4'],
    says: /its head is at/,
  },
  {
    what: 'a reader that remembers another log',
    in: 'handled',
    damage: [
      `update archive.ledger_block set last_event_id = 'x'
       where block = (select max(block) from archive.ledger_block)`,
    ],
    found: ['I4'],
    says: /ledger has read x/,
  },
];
