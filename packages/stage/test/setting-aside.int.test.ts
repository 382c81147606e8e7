import { randomUUID } from 'node:crypto';
import { encodeEvent, type HandOverEvent } from '@cityloop/contracts';
import { testPolicy } from '@cityloop/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  assignment,
  assignments,
  fixedPolicy,
  history,
  type Process,
  type StageWorld,
  stageWorld,
  taken,
  until,
} from './fixture.ts';

let world: StageWorld;

beforeEach(async () => {
  world = await stageWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

/** The same incident handed over once more, later. */
function anew(event: HandOverEvent): HandOverEvent {
  const version = event.version + 5;
  const dossier = event.data.dossier && { ...event.data.dossier, version, actVersion: version };
  // The same kind of event with another version.
  return { ...event, id: randomUUID(), version, data: { ...event.data, dossier } } as HandOverEvent;
}

const codes = async ({ stage }: Process) =>
  (await stage.parking.list(100)).map(({ code, incidentId }) => ({ code, incidentId }));

describe('an event of a type that an earlier build did not know', () => {
  it('is taken by the build that does when it starts, with what waited behind it', async () => {
    const early = await world.start();
    const [event, poison] = [assignment(), assignment()];
    const place = (position: number) => ({ partition: 7, position, key: '' });
    const { parking } = early.stage;
    // As the earlier build left them.
    const body = encodeEvent(event);
    await parking.park({ ...place(1), body }, event.incidentId, 'EVENT_TYPE_UNKNOWN', 'new');
    const next = encodeEvent(anew(event));
    await parking.park({ ...place(2), body: next }, event.incidentId, 'INCIDENT_PARKED', 'waits');
    await parking.park({ ...place(3), body: '{' }, poison.incidentId, 'EVENT_NOT_JSON', 'bad');
    await early[Symbol.asyncDispose]();

    const late = await world.start();
    await taken(world, [event]);
    expect(await codes(late)).toEqual([{ code: 'EVENT_NOT_JSON', incidentId: poison.incidentId }]);
  });
});

describe('a record that was set aside', () => {
  it('keeps waiting when it is refused again, also beside others that have no place in the log', async () => {
    const { stage } = await world.start();
    const { parking } = stage;
    const events = [assignment(), assignment()];
    // Handed to a stage whose database takes nothing: by the copy published again, which has no place.
    for (const event of events) {
      const record = { partition: 0, position: 0, key: '', body: encodeEvent(event) };
      await parking.park(record, event.incidentId, 'ARRIVAL_REFUSED', 'once');
      await parking.park(record, event.incidentId, 'ARRIVAL_REFUSED', 'twice');
    }
    expect(await parking.list(9)).toHaveLength(2);
    const [first] = events;
    const refused = parking.replay(first?.incidentId ?? '', async () => {
      throw new Error('still refused');
    });
    await expect(refused).rejects.toThrow('still refused');
    expect(await parking.list(9)).toHaveLength(2);
    await parking.replay(first?.incidentId ?? '', async () => undefined);
    // In a log made anew another record of it may stand in the same place.
    await parking.park(
      { partition: 0, position: 0, key: '', body: '{' },
      first?.incidentId ?? '',
      'EVENT_NOT_JSON',
      'bad',
    );
    expect((await parking.list(9)).map(({ code }) => code)).toEqual([
      'ARRIVAL_REFUSED',
      'EVENT_NOT_JSON',
    ]);
  });
});

describe('a record that cannot be read', () => {
  const kinds: readonly [string, string, (body: string) => string][] = [
    ['is no JSON', 'EVENT_NOT_JSON', (body) => body.slice(0, -5)],
    ['lacks its dossier', 'EVENT_DATA', (body) => body.replace('"dossier"', '"dossiers"')],
    [
      'has no version',
      'EVENT_ENVELOPE',
      (body) => body.replace(/"sequence":"\d+"/, '"sequence":"0"'),
    ],
    [
      'is of a type this build does not know',
      'EVENT_TYPE_UNKNOWN',
      (body) => body.replace('dispatch.assigned.v1', 'dispatch.teleported.v1'),
    ],
  ];

  it.each(kinds)(
    'because it %s is set aside with its incident, and others flow',
    async (_how, code, spoil) => {
      const process = await world.start();
      const bad = assignment();
      const good = assignments(3);
      await world.write(bad.incidentId, bad.version, spoil(encodeEvent(bad)));
      await world.handOver([...good, anew(bad)]);
      await taken(world, good);
      await until(async () => (await codes(process)).length === 2, 'two records to be set aside');
      const { incidentId } = bad;
      expect(await codes(process)).toEqual([
        { code, incidentId },
        { code: 'INCIDENT_PARKED', incidentId },
      ]);
      expect(process.stage.parking.size).toBe(1);
      expect(await process.stage.engine.row(incidentId)).toBeUndefined();
    },
  );

  it('for another stage is none of ours', async () => {
    const process = await world.start();
    const [other, good] = [assignment(), assignment()];
    const foreign = encodeEvent(other).replace('"custodian":"handling"', '"custodian":"archive"');
    await world.write(other.incidentId, other.version, foreign);
    await world.handOver([good]);
    await taken(world, [good]);
    expect(await codes(process)).toEqual([]);
  });

  it('holds its incident after another process has taken over, too', async () => {
    const first = await world.start();
    await until(() => first.stage.arrivals.active, 'the first reader');
    const second = await world.start();
    const bad = assignment();
    await world.write(bad.incidentId, bad.version, '{');
    const good = assignments(1);
    await world.handOver(good);
    // The offset has passed the bad record.
    await taken(world, good);
    await first[Symbol.asyncDispose]();
    await world.handOver([anew(bad)]);
    await until(async () => (await codes(second)).length === 2, 'the later one to be set aside');
    expect(await second.stage.engine.row(bad.incidentId)).toBeUndefined();
  });

  it('waits no more once it was replayed, through whichever process', async () => {
    const first = await world.start();
    await until(() => first.stage.arrivals.active, 'the first reader');
    const second = await world.start();
    const bad = assignment();
    await world.write(bad.incidentId, bad.version, '{');
    await until(async () => (await codes(first)).length === 1, 'it to be set aside');
    await second.stage.parking.replay(bad.incidentId, async () => undefined);
    const again = anew(bad);
    await world.handOver([again]);
    await taken(world, [again]);
    expect(await codes(first)).toEqual([]);
  });

  it('is set aside once, though it is read again after a restart', async () => {
    const first = await world.start();
    const bad = assignment();
    await world.write(bad.incidentId, bad.version, '{');
    await until(async () => (await codes(first)).length === 1, 'it to be set aside');
    await first[Symbol.asyncDispose]();
    const second = await world.start();
    const good = assignments(2);
    await world.handOver(good);
    await taken(world, good);
    expect(await codes(second)).toHaveLength(1);
  });
});

describe('a hand-over under a policy newer than ours', () => {
  it('waits for that policy, and so does what comes after it', async () => {
    const policies = fixedPolicy(3);
    await world.start({ policies });
    const known = assignment({ policyRevision: 3 });
    const [newer, after] = [assignment({ policyRevision: 5 }), assignment({ policyRevision: 3 })];
    await world.handOver([known, newer, after]);
    await taken(world, [known]);
    const held = `select incident_id from handling.incident`;
    expect(await world.db.query({ text: held })).toHaveLength(1);
    policies.set(testPolicy({ revision: 4 }));
    expect(await world.db.query({ text: held })).toHaveLength(1);
    policies.set(testPolicy({ revision: 5 }));
    await taken(world, [known, newer, after]);
    for (const { incidentId } of [newer, after]) {
      expect((await history(world, incidentId))[0]?.type).toBe('dispatch.assigned');
    }
  });

  it('does not keep a process from stopping, and is taken by the next one', async () => {
    const process = await world.start({ policies: fixedPolicy(3) });
    const [known, newer] = [assignment({ policyRevision: 3 }), assignment({ policyRevision: 5 })];
    await world.handOver([known, newer]);
    await taken(world, [known]);
    await process[Symbol.asyncDispose]();
    await world.start({ policies: fixedPolicy(5) });
    await taken(world, [newer]);
  });
});
