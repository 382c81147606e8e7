import type { DistrictPack } from '@cityloop/contracts';
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
  readonly pack: DistrictPack;
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

/** What the district publishes in the course of the month: a mode that comes and goes, then the notice. */
export const published: readonly Published[] = [
  { revision: 1, fromMs: MONTH.fromMs, pack: testPack },
  {
    revision: 2,
    fromMs: fromIso('2026-12-17T14:10:00+08:00'),
    pack: { ...testPack, catalogue: inStorm },
  },
  { revision: 3, fromMs: fromIso('2026-12-20T08:00:00+08:00'), pack: testPack },
  { revision: 4, fromMs: fromIso('2026-12-23T10:00:00+08:00'), pack: withNotice },
];
