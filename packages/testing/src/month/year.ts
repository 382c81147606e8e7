import { type DistrictPack, type ModeActivation, PackMode } from '@cityloop/contracts';
import { fromIso } from '@cityloop/kernel';
import { testPack } from '../pack.ts';

/** The month that is played: the last weeks of a year and the first of the next. */
export const MONTH = {
  fromMs: fromIso('2026-12-14T00:00:00+08:00'),
  toMs: fromIso('2027-01-14T00:00:00+08:00'),
  /** Nothing runs for 36 hours. */
  outage: [fromIso('2026-12-28T20:00:00+08:00'), fromIso('2026-12-30T08:00:00+08:00')],
  /** The first working hour behind the holiday, until which much is put off. */
  holidayOverMs: fromIso('2027-01-04T08:30:00+08:00'),
  /** Days with rain, counted from the first. */
  rain: [2, 3, 4, 11, 19, 20, 27],
} as const;

export type Published = {
  readonly revision: number;
  readonly fromMs: number;
  readonly pack: DistrictPack & { readonly activations?: readonly ModeActivation[] };
};

/** The notice on the holidays of next year, which comes when the first deadlines reach into it. */
const nextYear: DistrictPack['calendars']['holidays'] = {
  ...testPack.calendars.holidays,
  source: 'a made-up notice on 2027, for tests',
  knownThrough: 2027,
  holidays: [
    ...testPack.calendars.holidays.holidays,
    ...['2027-01-01', '2027-01-02', '2027-01-03', '2027-02-08', '2027-02-09', '2027-02-10'],
  ],
  workdays: [...testPack.calendars.holidays.workdays, '2026-12-27', '2027-01-09'],
};

/** Storm: the limits of every row are half of what they were. */
const inStorm: DistrictPack['catalogue'] = testPack.catalogue.map((category) => ({
  ...category,
  standards: category.standards.map((row) => {
    const { amount, unit } = row.limit.limit;
    return { ...row, limit: { text: row.limit.text, limit: { amount: amount / 2, unit } } };
  }),
}));

const withNotice = { ...testPack, calendars: { ...testPack.calendars, holidays: nextYear } };

/** 平战: for two days the limits are halved, of what is open too. */
const coldWave: ModeActivation = {
  id: '018f0000-0000-7000-8000-000000000001',
  mode: PackMode.parse({
    id: 'cold-wave',
    name: '寒潮',
    scope: 'district',
    openClocks: 'replan',
    longest: '7自然日',
    propose: { roles: ['shift-supervisor'] },
    approve: { roles: ['leader'] },
    limits: [{ id: 'half', clocks: ['handle', 'assist', 'dispatch'], factor: 0.5 }],
  }),
  areas: [],
  reason: '寒潮橙色预警',
  proposedBy: 'supervisor',
  approvedBy: 'leader',
  approvedAt: '2027-01-05T01:20:00.000Z',
  from: '2027-01-05T01:20:00.000Z',
  until: '2027-01-07T04:00:00.000Z',
  revision: 5,
};

/** When a mode begins or ends by itself: every service looks at what it holds. */
export const modeTurnsMs: readonly number[] = [coldWave.from, coldWave.until].map(fromIso);

/** What the district publishes in the course of the month: limits that come and go, the notice, a mode. */
export const published: readonly Published[] = [
  { revision: 1, fromMs: MONTH.fromMs, pack: testPack },
  {
    revision: 2,
    fromMs: fromIso('2026-12-17T14:10:00+08:00'),
    pack: { ...testPack, catalogue: inStorm },
  },
  { revision: 3, fromMs: fromIso('2026-12-20T08:00:00+08:00'), pack: testPack },
  { revision: 4, fromMs: fromIso('2026-12-23T10:00:00+08:00'), pack: withNotice },
  {
    revision: 5,
    fromMs: fromIso(coldWave.from),
    pack: { ...withNotice, activations: [coldWave] },
  },
];
