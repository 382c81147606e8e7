import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const entry = new URL('./index.ts', import.meta.url).href;

// Prints instants only; the local hour proves that the zone took effect.
const program = `
  import { CalendarDefinition, compileCalendar, parseHolidayTable, pauseClock, resumeClock, startClock } from '${entry}';
  const holidays = parseHolidayTable({ source: 's', years: { 2026: { holidays: ['02-15..02-23'], workdays: ['02-14', '02-28'] } } });
  const hours = [{ from: '08:00', to: '12:00' }, { from: '14:00', to: '18:00' }];
  const calendar = compileCalendar(CalendarDefinition.parse({ id: 'c', name: 'c', hours }), holidays);
  const out = [];
  for (let ms = Date.UTC(2026, 1, 10); ms < Date.UTC(2026, 10, 10); ms += 5_431_000) {
    const { dueMs } = calendar.deadline(ms, { amount: 2.5, unit: 'work-day' });
    const start = { limit: { amount: 3, unit: 'work-hour' }, calendar, revision: 1, basis: 'b', atMs: ms };
    const clock = resumeClock(pauseClock(startClock(start), ms + 3_600_000, calendar), ms + 90_000_000, calendar);
    out.push(dueMs, clock.dueAt, calendar.isOpen(ms));
  }
  console.log(JSON.stringify({ hour: new Date(0).getHours(), out }));
`;

const Run = z.object({ hour: z.int(), out: z.array(z.unknown()) });

function runIn(zone: string): z.infer<typeof Run> {
  const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { TZ: zone },
    encoding: 'utf8',
  });
  return Run.parse(JSON.parse(stdout));
}

describe('the time zone of the process', () => {
  it('changes no result', () => {
    const zones = ['UTC', 'Asia/Shanghai', 'America/New_York', 'Pacific/Kiritimati'];
    const runs = zones.map(runIn);
    expect(new Set(runs.map((run) => run.hour)).size).toBe(4);
    expect(runs[0]?.out.length).toBeGreaterThan(10_000);
    for (const run of runs) expect(run.out).toEqual(runs[0]?.out);
  }, 20_000);
});
