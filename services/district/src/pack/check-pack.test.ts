import { fileURLToPath } from 'node:url';
import { approvalActs, type DistrictPack, type PackSection } from '@cityloop/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPack } from './check-pack.ts';
import { loadPack } from './load.ts';

type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;
type Draft = Writable<DistrictPack>;

let pack: DistrictPack;

beforeAll(async () => {
  pack = await loadPack(fileURLToPath(new URL('../../../../infra/packs/yangpu', import.meta.url)));
});

/** The problems after something was spoilt, as `section path`. */
function problemsAfter(spoil: (draft: Draft) => void): string[] {
  // Writable is the same data without the promise not to write to this copy.
  const draft = structuredClone(pack) as Draft;
  spoil(draft);
  // And back: checkPack only reads.
  return checkPack(draft as DistrictPack).map(
    ({ section, path }) => `${section} ${path.join('.')}`,
  );
}

function first<T>(list: readonly T[]): T {
  const [entry] = list;
  if (entry === undefined) throw new Error('the list is empty');
  return entry;
}

const spoilt: readonly (readonly [string, (draft: Draft) => void, `${PackSection} ${string}`])[] = [
  ['a second district centre', (d) => (at(d.centres, 1).level = 'district'), 'centres '],
  [
    'an unknown fallback unit',
    (d) => (at(d.centres, 1).fallbackUnitId = 'x'),
    'centres 1.fallbackUnitId',
  ],
  [
    'a fallback unit of another centre',
    (d) => (at(d.centres, 1).fallbackUnitId = 'yp-duty'),
    'centres 1.fallbackUnitId',
  ],
  [
    'a centre on an unknown calendar',
    (d) => (at(d.centres, 0).calendar = 'x'),
    'centres 0.calendar',
  ],
  ['a subdistrict without a centre', (d) => d.centres.splice(5, 1), 'areas '],
  ['a doubled unit', (d) => d.units.push(first(d.units)), 'units '],
  ['a unit of an unknown centre', (d) => (at(d.units, 0).centreId = 'x'), 'units 0.centreId'],
  ['a unit on an unknown calendar', (d) => (at(d.units, 0).calendar = 'x'), 'units 0.calendar'],
  ['a duty held twice in a centre', (d) => (at(d.units, 1).duty = 'duty-desk'), 'units 1.duty'],
  ['a unit outside its centre', (d) => (at(d.units, 30).area = '310110021'), 'units 30.area'],
  ['a doubled area', (d) => d.areas.push(first(d.areas)), 'areas '],
  [
    'an area under a strange parent',
    (d) => (at(d.areas, 1).parent = '310110021'),
    'areas 1.parent',
  ],
  ['a grid with a committee’s code', (d) => (at(d.areas, 1).kind = 'grid'), 'areas 1.code'],
  [
    'a grid worker who is none',
    (d) => (at(d.areas, 2).gridWorkerId = 'li-clerk'),
    'areas 2.gridWorkerId',
  ],
  ['a clerk without a centre', (d) => delete at(d.people, 1).centreId, 'people 1.roles.0'],
  ['a person of an unknown unit', (d) => (at(d.people, 12).unitId = 'x'), 'people 12.unitId'],
  ['a unit member without a unit', (d) => delete at(d.people, 13).unitId, 'people 13.roles.0'],
  [
    'a contractor’s man without his employer',
    (d) => delete at(d.people, 15).employer,
    'people 15.employer',
  ],
  ['somebody who is the system', (d) => at(d.people, 0).roles.push('system'), 'people 0.roles.1'],
  ['somebody who sees nowhere', (d) => (at(d.people, 0).area = '310115'), 'people 0.area'],
  ['a doubled category', (d) => d.catalogue.push(first(d.catalogue)), 'catalogue '],
  [
    'a component with an event’s code',
    (d) => (at(d.catalogue, 0).kind = 'event'),
    'catalogue 0.code',
  ],
  [
    'a local extension not marked as one',
    (d) => delete d.catalogue.find(({ code }) => code === 'C01-81')?.extension,
    'catalogue ',
  ],
  [
    'a doubled standard row',
    (d) => (at(at(d.catalogue, 1).standards, 0).id = 'C01-01.1'),
    'catalogue 1.standards.0.id',
  ],
  [
    'an urgent category without a rule',
    (d) => (at(d.catalogue, 0).urgent = true),
    'catalogue 0.urgent',
  ],
  [
    'a row to an unknown unit',
    (d) => (at(d.routing, 0).then.unitId = 'x'),
    'routing 0.then.unitId',
  ],
  [
    'a row to a unit of another level',
    (d) => (at(d.routing, 0).then.unitId = 'dinghai-office'),
    'routing 0.then.unitId',
  ],
  [
    'a row with unit and duty',
    (d) => (at(d.routing, 0).then.duty = 'greening'),
    'routing 0.then.duty',
  ],
  [
    'a lead that assists itself',
    (d) => (at(d.routing, 0).then.assists = [{ unitId: 'yp-water-supply' }]),
    'routing 0.then.assists.0.unitId',
  ],
  [
    'a unit that assists twice',
    (d) => (at(d.routing, 0).then.assists = [{ unitId: 'yp-roads' }, { unitId: 'yp-roads' }]),
    'routing 0.then.assists.1.unitId',
  ],
  ['a duty nobody has', (d) => (at(d.routing, 7).then.duty = 'x'), 'routing 7.then.duty'],
  [
    'a row for an unknown category',
    (d) => (at(d.routing, 0).when.categories = ['E99']),
    'routing 0.when.categories.0',
  ],
  [
    'a row for an unknown area',
    (d) => (at(d.routing, 0).when.area = '310115'),
    'routing 0.when.area',
  ],
  [
    'a row that files under another category',
    (d) => (at(d.routing, 0).auto = { file: true, assign: true, standardId: 'C01-01.1' }),
    'routing 0.auto.standardId',
  ],
  [
    'rows behind one that fits everything',
    (d) => d.routing.push({ ...first(d.routing), id: 'z' }),
    'routing 32.id',
  ],
  [
    'a clock on an unknown calendar',
    (d) => (d.clocks.accept.calendar = 'x'),
    'clocks accept.calendar',
  ],
  [
    'end-to-end rows without a last resort',
    (d) => d.clocks['end-to-end'].pop(),
    'clocks end-to-end.5.when',
  ],
  [
    'a doubled calendar',
    (d) => d.calendars.definitions.push(first(d.calendars.definitions)),
    'calendars definitions.3.id',
  ],
  [
    'a doubled reason',
    (d) => d.reasons.return.push(first(d.reasons.return)),
    'reasons return.5.code',
  ],
  [
    'a decline that says not which',
    (d) => delete at(d.reasons.decline, 0).kind,
    'reasons decline.0',
  ],
  [
    'a refusal that says nothing of the case',
    (d) => delete at(d.reasons.recall, 1).validity,
    'reasons recall.1',
  ],
  ['an act without a chain', (d) => d.approvals.pop(), 'approvals '],
  [
    'a chain through the system',
    (d) => (at(d.approvals, 0).steps = ['system']),
    'approvals 0.steps.0',
  ],
  [
    'a step of somebody who may not decide on that act',
    (d) => (at(d.approvals, 3).steps = ['dispatcher', 'unit-leader']),
    'approvals 3.steps.1',
  ],
  ['a chain nobody ever comes to', (d) => delete at(d.approvals, 0).when, 'approvals 0.when'],
  [
    'chains none of which fits everything',
    (d) => (at(d.approvals, 1).when = { channel: 'sensor' }),
    'approvals 1.when',
  ],
  [
    'a chain by a category that is not there',
    (d) => d.approvals.unshift({ act: 'cancel', when: { categories: ['X01'] }, steps: [] }),
    'approvals 0.when.categories.0',
  ],
  [
    'a chain by how often what is not counted',
    (d) => d.approvals.unshift({ act: 'cancel', when: { earlier: 1 }, steps: [] }),
    'approvals 0.when.earlier',
  ],
  [
    'an archiving delay in working days',
    (d) => (d.settings.archiveAfter.limit.unit = 'work-day'),
    'settings archiveAfter',
  ],
  [
    'a ruling order that cannot be',
    (d) => (d.settings.returns.districtRulesFrom = 1),
    'settings returns.districtRulesFrom',
  ],
];

function at<T>(list: T[], index: number): T {
  const entry = list[index];
  if (entry === undefined) throw new Error(`no entry ${index}`);
  return entry;
}

describe('checkPack', () => {
  it('has nothing to say about the shipped pack', () => {
    expect(problemsAfter(() => undefined)).toEqual([]);
  });

  it('takes chains of several steps, on conditions and at the district, for every act', () => {
    const problems = problemsAfter((d) => {
      d.approvals = approvalActs.flatMap((act) => {
        const steps: Draft['approvals'][number]['steps'] =
          act === 'extension' || act === 'suspension'
            ? ['unit-leader', 'dispatcher', 'shift-supervisor']
            : ['clerk', 'dispatcher', 'shift-supervisor'];
        return [
          { act, when: { channel: 'hotline-12345', kind: 'event', urgency: 'urgent' }, steps },
          { act, steps: steps.slice(1), level: 'district' },
        ];
      });
    });
    expect(problems).toEqual([]);
  });

  it.each(spoilt)('finds %s', (_name, spoil, where) => {
    const found = problemsAfter(spoil);
    expect(found.some((problem) => problem.startsWith(where))).toBe(true);
  });
});
