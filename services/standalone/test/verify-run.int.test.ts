import { createPool } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InvariantId } from '../src/verify/findings.ts';
import { reportText } from '../src/verify/render.ts';
import { verifyRun } from '../src/verify/run.ts';
import { appended, type Damage, foundIn, ofType, reseal, rewritten } from './planting.ts';
import { type Ids, smallRun } from './small-run.ts';

let template: TestDatabase;
let ids: Ids;

beforeAll(async () => {
  template = await createTestDatabase();
  ids = await smallRun(template.url);
}, 60_000);

afterAll(async () => {
  await template[Symbol.asyncDispose]();
});

describe('a run nobody has touched', () => {
  it('is in order, and was looked at whole', async () => {
    await using db = createPool(template.url, { max: 2 });
    const report = await verifyRun(db, { settled: true });
    expect(reportText(report, 'the run')).toContain('全部成立 in order');
    const looked = Object.assign({}, ...report.verdicts.map((v) => v.looked));
    expect(looked.incidents).toBeGreaterThanOrEqual(200);
    expect(looked.versions).toBe(report.log.position);
    expect(looked.dossiers).toBeGreaterThan(400);
    expect(looked.marks).toBeGreaterThan(20);
    expect(looked.evaluations).toBeGreaterThan(50);
  });

  it('is not found in a database the loop has never run on', async () => {
    await using empty = await createTestDatabase();
    await using db = createPool(empty.url, { max: 1 });
    await expect(verifyRun(db)).rejects.toMatchObject({ code: 'VERIFY_NO_RUN' });
  });
});

const noted = ofType('handling.noted');
const marked = ofType('intake.clock-overdue');

/** The last hand-over stands in the log, and its receiver has not come so far. */
const notYetRead: Damage = [
  `delete from verification.incident where incident_id = $1`,
  `update verification.log_offset set position = 1, event_id = (
     select (body::json)->>'id' from log.incident_event where position = 1)`,
];

type Plant = {
  readonly what: string;
  /** A case of this way of `small-run.ts`. */
  readonly in: string;
  readonly damage: Damage;
  /** Who has to find it; every other invariant holds, so that the finding leads to the damage. */
  readonly found: readonly InvariantId[];
  readonly says: RegExp;
  readonly settled?: boolean;
};

const plants: readonly Plant[] = [
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
         select (body::json)->'data'->>'key' from log.incident_event
         where incident_id = $1 and ${noted})`,
    ],
    found: ['I1'],
    says: /no longer has the answer/,
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
    says: /its source number grid-worker source-1 stands for/,
  },
  {
    what: 'a deleted history row',
    in: 'handled',
    damage: [`delete from log.incident_event where incident_id = $1 and ${noted}`],
    found: ['I1', 'I2', 'I4'],
    says: /a history row is gone/,
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
    says: /the log was changed/,
  },
  {
    what: 'words changed in the ledger',
    in: 'handled',
    damage: [
      `update archive.ledger set body = replace(body, '已到现场', '未到现场')
       where incident_id = $1 and ${noted}`,
    ],
    found: ['I2', 'I7'],
    says: /the ledger was changed/,
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
    what: 'a version that is missing everywhere',
    in: 'handled',
    damage: [
      `delete from log.incident_event where incident_id = $1 and ${noted}`,
      `delete from archive.ledger where incident_id = $1 and ${noted}`,
      ...reseal,
    ],
    found: ['I1', 'I3', 'I4'],
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
      `with two as (
         select version, position, block from archive.ledger
         where incident_id = $1 and (${noted} or ${ofType('handling.contacted')})
       )
       update archive.ledger l set position = o.position, block = o.block
       from two o where l.incident_id = $1 and o.version <> l.version
         and l.version in (select version from two)`,
      `update log.incident_event set position = -position where incident_id = $1`,
      `update log.incident_event e set position = l.position from archive.ledger l
       where e.incident_id = $1 and l.incident_id = e.incident_id and l.version = e.version`,
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
    damage: [`update archive.log_offset set event_id = 'x' where topic = 'ledger'`],
    found: ['I4'],
    says: /ledger has read x/,
  },
  {
    what: 'a stale row of a service',
    in: 'handled',
    damage: [`update handling.incident set status = 'assigned' where incident_id = $1`],
    found: ['I5'],
    says: /status is "assigned" in the row, "handling" by the history/,
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
    found: ['I5'],
    says: /monitor is behind the log/,
    settled: true,
  },
  {
    what: 'a service that does not read its hand-overs',
    in: 'confirmed',
    damage: notYetRead,
    found: ['I5'],
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
    found: ['I5'],
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
        `replace(replace(body, '"sequence":"2"', '"sequence":"3"'), (body::json)->>'id', gen_random_uuid()::text)`,
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
        marked,
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
    found: ['I5', 'I6'],
    says: /I6 .*is called late/,
  },
  {
    what: 'a deleted ledger row',
    in: 'handled',
    damage: [`delete from archive.ledger where incident_id = $1 and ${noted}`],
    found: ['I2', 'I7'],
    says: /I7 .*there are \d+/,
  },
  {
    what: 'a deleted block',
    in: 'handled',
    damage: [`delete from archive.ledger_block where block = 3`],
    found: ['I7'],
    says: /ledger block 3 is gone/,
  },
  {
    what: 'a chain that was cut and tied again',
    in: 'handled',
    damage: [
      `update archive.ledger_block set previous = sha256('x'::bytea) where block = 2`,
      `update archive.ledger_block b set hash = sha256(b.previous || (
         select string_agg(hash, ''::bytea order by position) from archive.ledger where block = 2))
       where block = 2`,
    ],
    found: ['I7'],
    says: /ledger block 2 does not hang on the block before it/,
  },
  {
    what: 'a telephone number in an event',
    in: 'handled',
    damage: rewritten(`replace(body, '已到现场', '已联系 13912345678')`, noted),
    found: ['I7'],
    says: /text has an unmasked telephone or identity number/,
  },
];

describe('planted damage', () => {
  it.for(plants)('is found: $what', { timeout: 20_000 }, async (plant) => {
    const id = ids[plant.in] ?? '';
    const options = { settled: plant.settled ?? false };
    const { hit, said } = await foundIn(template, id, plant.damage, options);
    expect(said).toMatch(plant.says);
    expect(hit, said).toEqual(plant.found);
  });

  it('that is only work under way is no violation of a run that may go on', async () => {
    const { hit, said } = await foundIn(template, ids.confirmed ?? '', notYetRead);
    expect(hit, said).toEqual([]);
  });
});
