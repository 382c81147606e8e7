import { describe, expect, it } from 'vitest';
import { parseMapping } from './load-mapping.ts';
import { goingLive, mapRow } from './map-row.ts';

const YAML = `
zone: America/Los_Angeles
dates: MM/DD/YYYY hh:mm:ss A
tables:
  channels: {Call: hotline-12345, App: citizen-app}
values:
  created: {column: Created, date: true}
  closed: {column: Closed, date: true}
  unit: {column: Owner, table: {BOS: bos}}
where: [{column: Status, notIn: [Test]}]
key: {join: [la/, {column: Id}]}
report:
  channel: {column: Source, table: channels, otherwise: community}
  occurredAt: {value: created}
  externalNumber: {column: Id}
  description: {join: [{column: What}, {column: More}], with: ' · ', cut: 12}
  location:
    lon: {column: Lon, number: true}
    lat: {column: Lat, number: true}
    crs: WGS84
    address: {first: [{column: Address}, {column: Near, default: unknown}]}
drive:
  - {command: file, as: clerk, at: {value: created}, body: {categoryCode: A, standardId: A.1}}
  - {command: assign, as: dispatcher, at: {value: created}, body: {unitId: {value: unit}}}
  - {command: note, as: clerk, at: {value: created}, when: [{column: More, empty: false}], body: {text: {column: More}}}
  - {command: note, as: clerk, at: {value: created, plus: 90m}, body: {text: again}}
  - {command: receive, as: {join: [{value: unit}, -member]}, at: {earliest: [{latest: [{value: created}, {column: Served, date: true}]}, {value: closed}]}}
  - {command: finish, as: m, at: {value: closed}, body: {result: resolved}}
  - {command: archive, as: e, at: {value: closed, plus: 7d}, accept: {ARCHIVED: archived}}
`;
const mapping = parseMapping(YAML, 'map.yaml');
const row = {
  Id: '1-7',
  Created: '01/01/2018 12:00:09 AM',
  Closed: '01/06/2018 10:18:29 AM',
  Served: '',
  Owner: 'BOS',
  Status: 'Closed',
  Source: 'Call',
  What: ' Bulky Items ',
  More: '',
  Lon: '-118.25',
  Lat: '34.5',
  Address: '1 Main St',
  Near: '',
};
const map = (change: Partial<typeof row> = {}, drive = true) =>
  mapRow(mapping, { line: 2, columns: { ...row, ...change } }, drive);

describe('mapping a record', () => {
  it('fills the report and names it by its source number', () => {
    expect(map({}, false)).toEqual({
      key: 'la/1-7',
      report: {
        channel: 'hotline-12345',
        occurredAt: '2018-01-01T08:00:09.000Z',
        externalNumber: '1-7',
        description: 'Bulky Items',
        location: { lon: -118.25, lat: 34.5, crs: 'WGS84', address: '1 Main St' },
      },
      steps: [],
      raised: 0,
    });
  });

  it('leaves empty members out and takes the first thing that is there', () => {
    const report = map({ Lon: '', Lat: '', Address: '', Source: 'Fax', More: 'x' })?.report;
    expect(report).toMatchObject({
      channel: 'community',
      description: 'Bulky Items ',
      location: { crs: 'WGS84', address: 'unknown' },
    });
  });

  it('plays the steps in order, each with its person, its key and its time', () => {
    const steps = map({ More: 'gate locked' })?.steps.map(({ key, as, body }) => ({
      key,
      as,
      body,
    }));
    expect(steps).toMatchObject([
      { key: 'la/1-7/file', as: 'clerk', body: { occurredAt: '2018-01-01T08:00:09.000Z' } },
      { key: 'la/1-7/assign', body: { unitId: 'bos' } },
      { key: 'la/1-7/note', body: { text: 'gate locked' } },
      { key: 'la/1-7/note.2', body: { occurredAt: '2018-01-01T09:30:09.000Z' } },
      { key: 'la/1-7/receive', as: 'bos-member', body: {} },
      { key: 'la/1-7/finish', body: { occurredAt: '2018-01-06T18:18:29.000Z' } },
      { key: 'la/1-7/archive', body: { occurredAt: '2018-01-13T18:18:29.000Z' } },
    ]);
  });

  it('raises a time that goes back to that of the step before', () => {
    const plan = map({ Closed: '12/31/2017 11:00:00 PM' });
    const times = plan?.steps.map(({ body }) =>
      'occurredAt' in body ? String(body.occurredAt) : '',
    );
    expect(times).toEqual([...(times ?? [])].sort());
    expect(plan?.raised).toBe(2);
  });

  it('ends the history of a record that is still open where its times end', () => {
    const verbs = map({ Closed: '', Served: '' })?.steps.map((step) => step.verb);
    expect(verbs).toEqual(['file', 'assign', 'note', 'receive']);
  });

  it('goes live behind the last step, by whoever sends it, under a key of its own', () => {
    for (const drive of [true, false]) {
      const plan = mapRow(mapping, { line: 2, columns: row }, drive);
      if (plan === undefined) throw new Error('it was passed over');
      expect(goingLive(plan).steps.slice(0, -1)).toEqual(plan.steps);
      const last = goingLive(plan).steps.at(-1);
      expect(last).toMatchObject({ verb: 'go-live', key: 'la/1-7/go-live', body: {} });
      expect(last?.as).toBeUndefined();
    }
  });

  it('passes over what `where` excludes, whatever else is wrong with it', () => {
    expect(map({ Status: 'Test', Created: 'nonsense' })).toBeUndefined();
  });

  it.each([
    [{ Created: '2018-01-01' }, 'IMPORT_DATE_UNREADABLE'],
    [{ Lon: 'west' }, 'IMPORT_NUMBER_UNREADABLE'],
    [{ Owner: 'XYZ' }, 'IMPORT_NOT_IN_TABLE'],
    [{ Id: 'a b' }, 'IMPORT_KEY_MISSING'],
    [{ What: 'caf\ufffd' }, 'IMPORT_TEXT_BROKEN'],
  ])('says what is wrong with %j', (change, code) => {
    expect(() => map(change)).toThrow(expect.objectContaining({ code }));
  });

  it('names a column the file does not have', () => {
    const { Owner: _gone, ...columns } = row;
    expect(() => mapRow(mapping, { line: 2, columns }, true)).toThrow(/no column “Owner”/);
  });
});
