import { explainClock } from '@cityloop/calendar';
import { people, received, testPack } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { basisWords, clockSentences } from './index.ts';

type Told = ReturnType<typeof received>;

function sentences(told: Told, name: 'handle' | 'end-to-end'): string[] {
  const { incident, world } = told;
  const clock = incident.clocks[name];
  if (clock === undefined) throw new RangeError(`no clock ${name}`);
  const calendarName = testPack.calendars.definitions.find((c) => c.id === clock.calendar)?.name;
  const explanation = explainClock({
    name,
    clock,
    pauses: incident.pauses,
    calendar: world.policy.calendar(clock.calendar),
    calendarName: calendarName ?? '',
    holidays: testPack.calendars.holidays,
    atMs: world.nowMs,
  });
  return clockSentences(explanation, world.policy);
}

describe('a deadline in words', () => {
  it('says the limit, where it comes from, what counted, the sum and what is left', () => {
    expect(sentences(received().later(60), 'handle')).toEqual([
      '处置时限4工作时，依据立案标准C01-02.1（井盖）（政策第1版）；按“一线”日历计（1工作日＝9小时30分）；2026年3月2日09:00起算。',
      '3月2日（周一）09:00–11:30、14:00–15:30，计4小时。',
      '时限4工作时即4小时，合计4小时；以上逐段相加正好4小时，应于2026年3月2日15:30前完成。',
      '截至2026年3月2日10:00，剩余3小时（绿灯）。',
    ]);
  });

  it('says what stood still and why, and how late it is', () => {
    const told = received()
      .later(60)
      .give(people.roadsMember, 'request-suspension', {
        until: '2026-03-05T09:00:00+08:00',
        kind: 'funds',
        text: '等待拨款',
      })
      .give(people.roadsLeader, 'decide-suspension', { decision: 'grant' })
      .give(people.supervisor, 'decide-suspension', { decision: 'grant' })
      .at('2026-03-05T15:00:00+08:00')
      .whenNudged().story;
    expect(sentences(told, 'handle').slice(1)).toEqual([
      '3月2日（周一）09:00–10:00，计1小时。',
      '2026年3月2日10:00至2026年3月5日09:00挂账（待资金安排），其间工作时间27小时30分不计。',
      '3月5日（周四）09:00–11:30、14:00–14:30，计3小时。',
      '时限4工作时即4小时，合计4小时；以上逐段相加正好4小时，应于2026年3月5日14:30前完成。',
      '截至2026年3月5日15:00，已超时30分（红灯）。',
    ]);
  });
});

describe('where a limit comes from, in words', () => {
  const { policy } = received().world;

  it.each([
    ['standard:C01-02.1', '立案标准C01-02.1（井盖）'],
    ['standard:gone', '立案标准gone'],
    ['unit:roads:standard:C01-02.1', '“roads 示例”自身对立案标准C01-02.1（井盖）的时限'],
    ['default:dispatch', '本区默认时限'],
    ['upstream:d1', '上级（转办单位）要求的时限'],
    ['reserve:d1', '上级时限减去本中心预留的核查答复时间'],
    ['what-comes-next', 'what-comes-next'],
  ])('%s is %s', (basis, words) => {
    expect(basisWords(basis, policy)).toBe(words);
  });
});
