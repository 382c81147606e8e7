import {
  CalendarDefinition,
  type Clock,
  compileCalendar,
  extendClock,
  HolidayTable,
  type Limit,
  pauseClock,
  resumeClock,
  startClock,
  type WorkCalendar,
} from '@cityloop/calendar';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The calendars of the bench: an office with summer hours and a day of storm, and a crew in the field. */
const definitions = [
  CalendarDefinition.parse({
    id: 'office',
    name: 'office',
    hours: [
      { from: '08:00', to: '12:00' },
      { from: '14:00', to: '18:00' },
    ],
    versions: [
      {
        from: '2026-06-01',
        hours: [
          { from: '08:00', to: '12:00' },
          { from: '15:00', to: '18:00' },
        ],
      },
      {
        from: '2026-10-01',
        hours: [
          { from: '08:00', to: '12:00' },
          { from: '14:00', to: '18:00' },
        ],
      },
    ],
    days: [{ from: '2026-11-12', open: false, reason: 'storm' }],
  }),
  CalendarDefinition.parse({
    id: 'field',
    name: 'field',
    hours: [
      { from: '08:00', to: '11:30' },
      { from: '14:00', to: '20:00' },
    ],
    weekdays: [1, 2, 3, 4, 5, 6, 7],
    holidays: false,
  }),
];

const known = {
  holidays: ['2026-10-01', '2026-10-02', '2026-10-05', '2026-10-06', '2026-10-07'],
  workdays: ['2026-10-10'],
};

/** The calendars before and after a notice that adds a year. */
export function calendarsOf(throughYear: 2026 | 2027): ReadonlyMap<string, WorkCalendar> {
  const more = throughYear === 2027;
  const table = HolidayTable.parse({
    source: 'bench',
    knownFrom: 2024,
    knownThrough: throughYear,
    holidays: more ? [...known.holidays, '2027-01-01', '2027-02-05'] : known.holidays,
    workdays: more ? [...known.workdays, '2027-01-09'] : known.workdays,
  });
  return new Map(definitions.map((d) => [d.id, compileCalendar(d, table)]));
}

const limits: readonly Limit[] = [
  { amount: 4, unit: 'work-hour' },
  { amount: 2, unit: 'work-day' },
  { amount: 5, unit: 'work-day' },
  { amount: 20, unit: 'work-day' },
  { amount: 2, unit: 'urgent-hour' },
];

/** An open clock and the calendar it runs on, as a service holds them. */
export type OpenClock = { readonly clock: Clock; readonly calendarId: string };

/**
 * Open clocks of the last months of a year: five limits, both calendars, a third with an ended pause, a
 * tenth extended, a tenth paused now.
 */
export function openClocks(size: number): OpenClock[] {
  const calendars = [...calendarsOf(2026)];
  const from = Date.UTC(2026, 8, 1);
  return Array.from({ length: size }, (_, n) => {
    const [calendarId, calendar] = calendars[n % calendars.length] ?? calendars[0] ?? [];
    if (calendar === undefined || calendarId === undefined) throw new Error('there are calendars');
    // Scattered evenly over four months, to the second.
    const atMs = from + ((n * 7_919_000) % (120 * DAY_MS));
    const limit = limits[n % limits.length] ?? { amount: 1, unit: 'work-day' };
    let clock = startClock({
      limit,
      calendar,
      revision: 1,
      basis: 'default:handle',
      atMs,
      warnShare: 0.8,
    });
    if (n % 3 === 0) {
      clock = resumeClock(
        pauseClock(clock, atMs + HOUR_MS, calendar),
        atMs + 5 * HOUR_MS,
        calendar,
      );
    }
    if (n % 10 === 1) clock = extendClock(clock, { amount: 1, unit: 'work-day' }, calendar);
    if (n % 10 === 2) clock = pauseClock(clock, atMs + HOUR_MS, calendar);
    return { clock, calendarId };
  });
}

/** What the peer needs of a day: its open stretches in minutes, by the words of a calendar. */
export type DayHours = (day: string) => readonly (readonly [number, number])[];

/** The same calendar for the peer, looked up by the date. */
export function dayHoursOf(index: number): DayHours {
  const definition = definitions[index];
  if (definition === undefined) throw new Error(`no calendar ${index}`);
  const closed = new Set(known.holidays);
  const worked = new Set(known.workdays);
  return (date) => {
    const version = definition.versions?.findLast(({ from }) => from <= date);
    const own = definition.days?.find(({ from }) => from === date);
    const iso = new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
    const open =
      own?.open ??
      (definition.holidays && worked.has(date)
        ? true
        : definition.weekdays.includes(iso) && !(definition.holidays && closed.has(date)));
    const hours = open ? (version?.hours ?? definition.hours) : [];
    return hours.map(({ from, to }) => [minutes(from), minutes(to)] as const);
  };
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
