import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { onDuty } from '@cityloop/calendar';
import { DistrictPack, type PackArea, roles, routeFits } from '@cityloop/contracts';
import { type AreaIndex, createAreaIndex } from '@cityloop/geo';
import { parse } from 'csv-parse/sync';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadPack } from './load.ts';

const folder = (name: string): string =>
  fileURLToPath(new URL(`../../../../infra/packs/${name}`, import.meta.url));
const real = (name: string): string =>
  fileURLToPath(new URL(`../../../../../shared/realdata/${name}`, import.meta.url));

const Rows = z.array(z.record(z.string(), z.string()));
const readCsv = (bytes: Buffer): z.infer<typeof Rows> =>
  Rows.parse(parse(bytes, { columns: true }));

let yangpu: DistrictPack;
let la: DistrictPack;
let index: AreaIndex;

beforeAll(async () => {
  [yangpu, la] = await Promise.all([loadPack(folder('yangpu')), loadPack(folder('la-311'))]);
  index = createAreaIndex(
    yangpu.areas.map(({ code, polygons }) => ({ code, polygons: polygons ?? [] })),
  );
});

const areasOf = (kind: PackArea['kind']): PackArea[] =>
  yangpu.areas.filter((area) => area.kind === kind);

describe('the pack yangpu', () => {
  it('has the real subdistricts and committees, and grids below each of them', () => {
    expect(areasOf('subdistrict')).toHaveLength(12);
    expect(areasOf('committee')).toHaveLength(301);
    const parents = new Set(areasOf('grid').map(({ parent }) => parent));
    expect(parents.size).toBe(301);
  });

  it('labels every drawn area as schematic and stays small', () => {
    expect(yangpu.areas.every((area) => area.schematic === true)).toBe(true);
    expect(statSync(`${folder('yangpu')}/areas.yaml`).size).toBeLessThan(300_000);
  });

  it('has everyday categories of all three kinds, each routed', () => {
    expect(yangpu.catalogue.length).toBeGreaterThanOrEqual(60);
    expect(new Set(yangpu.catalogue.map(({ kind }) => kind)).size).toBe(3);
    for (const { code: categoryCode, kind } of yangpu.catalogue) {
      const facts = { categoryCode, kind, channel: 'citizen-app', urgency: 'normal' } as const;
      const route = yangpu.routing.find((row) => routeFits(row, facts));
      const last = ['rest', 'hotline-rest'];
      if (!categoryCode.startsWith('H01')) expect(last, categoryCode).not.toContain(route?.id);
    }
  });

  const rolesAt = (area: string): ReadonlySet<string> =>
    new Set(yangpu.people.filter((p) => p.area === area).flatMap((person) => person.roles));

  it('has a person for every role on both levels, but system, and citizens of the district', () => {
    expect(roles.filter((role) => !rolesAt('310110').has(role))).toEqual(['grid-worker', 'system']);
    const here = rolesAt('310110019');
    expect(roles.filter((role) => !here.has(role))).toEqual(['citizen', 'system']);
  });

  it('has the people in each subdistrict who can bring an incident to its end, and a worker a grid', () => {
    for (const { code } of areasOf('subdistrict')) {
      const needed = ['clerk', 'dispatcher', 'shift-supervisor', 'unit-leader', 'grid-worker'];
      expect([...rolesAt(code)], code).toEqual(expect.arrayContaining(needed));
    }
    expect(areasOf('grid').filter(({ gridWorkerId }) => gridWorkerId === undefined)).toEqual([]);
  });

  it('has somebody on duty at every centre at every hour of 2026', () => {
    const rosters = new Map(yangpu.rosters.map((roster) => [roster.of, roster]));
    for (const { id } of yangpu.centres) {
      const roster = rosters.get(id);
      if (roster === undefined) throw new Error(`no roster of ${id}`);
      for (let ms = Date.UTC(2026, 0, 1, 0); ms < Date.UTC(2027, 0, 1); ms += 3_600_000) {
        expect(onDuty(roster, ms), `${id} ${ms}`).not.toEqual([]);
      }
    }
  });

  it('names every invented person as a demo', () => {
    expect(yangpu.people.every(({ name }) => name.endsWith('（演示）'))).toBe(true);
  });

  it('leaves no gap and no overlap: a point has one subdistrict, committee and grid or none', () => {
    let inside = 0;
    for (let lon = 121.4701; lon < 121.575; lon += 0.000731) {
      for (let lat = 31.2403; lat < 31.355; lat += 0.000677) {
        const codes = index.locate(lon, lat);
        if (codes.length === 0) continue;
        inside += 1;
        const [subdistrict = '', committee = '', grid = ''] = codes;
        expect(codes.map((code) => code.length)).toEqual([9, 12, 15]);
        expect(committee.startsWith(subdistrict) && grid.startsWith(committee)).toBe(true);
      }
    }
    // Degrees to km² at this latitude: the district is about 60 km², of which nothing may be missing.
    const km2 = inside * 0.000731 * 95.1 * 0.000677 * 110.9;
    expect(km2).toBeGreaterThan(55);
    expect(km2).toBeLessThan(66);
  });

  it('names both subdistricts on a border they share', () => {
    const corners = areasOf('subdistrict').flatMap((area) => area.polygons?.flat(2) ?? []);
    const shared = corners.filter(
      ([lon, lat]) => index.locate(lon, lat).filter((code) => code.length === 9).length > 1,
    );
    expect(shared.length).toBeGreaterThan(100);
  });

  it('survives being published: what comes back from the log is the same pack', () => {
    for (const pack of [yangpu, la]) {
      expect(DistrictPack.parse(JSON.parse(JSON.stringify(pack)))).toEqual(pack);
    }
  });
});

describe('the pack yangpu beside the facts', () => {
  beforeEach(({ skip }) => {
    skip(!existsSync(real('cn-yangpu')), 'the official lists are not beside the project');
  });

  it('has every code and name of the official lists', () => {
    const named = new Map(yangpu.areas.map((area) => [area.code, area.name]));
    for (const list of ['yangpu-subdistricts-12.csv', 'yangpu-committees-301.csv']) {
      for (const { code = '', name } of readCsv(readFileSync(real(`cn-yangpu/${list}`)))) {
        expect(named.get(code), code).toBe(name);
      }
    }
  });

  it('puts most known places into their subdistrict, schematic as it is', () => {
    const places = readCsv(readFileSync(real('cn-yangpu/yangpu-facilities-109.csv')));
    const right = places.filter((place) =>
      index
        .locate(Number(place.lon_wgs84), Number(place.lat_wgs84))
        .includes(place.subdistrict_code ?? ''),
    );
    expect(right.length / places.length).toBeGreaterThan(0.6);
  });
});

const laRecords = real('us-311/la311-2018-10000.csv.gz');

describe('the pack la-311', () => {
  it('has a person for every role but system', () => {
    const held = new Set(la.people.flatMap((person) => person.roles));
    expect(roles.filter((role) => !held.has(role))).toEqual(['system']);
  });

  it('has a category, an owner and a council for each of the 10,000 records', ({ skip }) => {
    skip(!existsSync(laRecords), 'the real records are not beside the project');
    const records = readCsv(gunzipSync(readFileSync(laRecords)));
    const categories = new Set(la.catalogue.map(({ name }) => name));
    const units = new Set(la.units.map(({ id }) => id));
    const councils = new Set(la.areas.map(({ code }) => code));
    expect(records).toHaveLength(10_000);
    for (const { RequestType = '', Owner = '', CD = '' } of records) {
      expect(categories, RequestType).toContain(RequestType);
      expect(units, Owner).toContain(Owner.toLowerCase());
      expect(councils, CD).toContain(`990101${(CD === '' ? '99' : CD).padStart(3, '0')}`);
    }
  });
});
