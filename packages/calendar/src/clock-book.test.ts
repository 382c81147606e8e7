import { describe, expect, it } from 'vitest';
import { at, office, shown } from '../test/fixture.ts';
import {
  Clock,
  ClockBook,
  type ClockName,
  type DueMark,
  dueMarks,
  endedPauses,
  markRed,
  nextDueMs,
  nextPauseEndMs,
  type Pause,
  pauseAll,
  pauseClock,
  resumeAll,
  startClock,
  stopClock,
} from './index.ts';

const calendarOf = () => office;

function running(start: string, amount: number): Clock {
  return startClock({
    limit: { amount, unit: 'work-hour' },
    calendar: office,
    revision: 1,
    basis: 'b',
    atMs: at(start),
  });
}

function pause(id: string, clocks: readonly ClockName[] = [], until?: string): Pause {
  const opened: Pause = { id, kind: 'suspension', clocks, from: new Date(0).toISOString() };
  return until === undefined ? opened : { ...opened, until: new Date(at(until)).toISOString() };
}

const clocksOf = (marks: readonly DueMark[]) => marks.map(({ clock }) => clock);

const book: ClockBook = {
  'end-to-end': running('2026-03-02 09:00', 9),
  accept: stopClock(running('2026-03-02 09:00', 1), at('2026-03-02 09:30')),
  dispatch: running('2026-03-02 10:00', 1),
  handle: running('2026-03-02 09:00', 2),
  verify: pauseClock(running('2026-03-02 08:00', 1), at('2026-03-02 08:30'), office),
  rework: markRed(running('2026-03-02 08:00', 1)),
};

describe('what is due in a book', () => {
  it('is the earliest clock that runs and bears no mark', () => {
    expect(shown(nextDueMs(book) ?? 0)).toBe('2026-03-02 11:00');
  });

  it('is nothing where nothing runs', () => {
    expect(nextDueMs({})).toBeUndefined();
    const { accept, verify, rework } = book;
    expect(accept && verify && rework && nextDueMs({ accept, verify, rework })).toBeUndefined();
  });

  it('is marked from the very instant an alarm was armed for', () => {
    const due = nextDueMs(book) ?? 0;
    expect(dueMarks(book, due - 1)).toEqual([]);
    expect(clocksOf(dueMarks(book, due))).toEqual(['dispatch', 'handle']);
  });

  it('is marked in due order after a long sleep', () => {
    const late: ClockBook = {
      ...book,
      accept: running('2026-03-02 14:00', 1),
      ruling: running('2026-03-02 08:00', 1),
    };
    expect(clocksOf(dueMarks(late, at('2026-03-09 09:00')))).toEqual([
      'ruling',
      'dispatch',
      'handle',
      'accept',
      'end-to-end',
    ]);
  });

  it('is marked kind by kind where all is due at once, then assisting units by id', () => {
    const same = running('2026-03-02 09:00', 1);
    const all = { 'assist:b': same, 'assist:a': same, handle: same, accept: same };
    expect(clocksOf(dueMarks(all, at('2026-03-02 10:00')))).toEqual([
      'accept',
      'handle',
      'assist:a',
      'assist:b',
    ]);
    expect(nextDueMs({ 'assist:a': same })).toBe(at('2026-03-02 10:00'));
  });

  it('is marked once', () => {
    let state = book;
    const marked: ClockName[] = [];
    for (let next = nextDueMs(state); next !== undefined; next = nextDueMs(state)) {
      for (const { clock: kind } of dueMarks(state, next)) {
        const clock = state[kind];
        if (clock === undefined) throw new Error(kind);
        marked.push(kind);
        state = { ...state, [kind]: markRed(clock) };
      }
    }
    expect(marked).toEqual(['dispatch', 'handle', 'end-to-end']);
  });
});

describe('pauses over a book', () => {
  it('stop the clocks they name and answer only what they changed', () => {
    const changed = pauseAll(
      book,
      pause('p', ['handle', 'accept', 'verify', 'ruling']),
      at('2026-03-02 10:00'),
      calendarOf,
    );
    expect(Object.keys(changed)).toEqual(['handle']);
    expect(changed.handle?.remainingMs).toBe(3_600_000);
  });

  it('count once where they overlap', () => {
    const first = pause('first', ['handle']);
    const second = pause('second', ['handle', 'dispatch']);
    let state = { ...book, ...pauseAll(book, first, at('2026-03-02 10:00'), calendarOf) };
    state = { ...state, ...pauseAll(state, second, at('2026-03-02 10:30'), calendarOf) };
    expect(state.dispatch?.remainingMs).toBe(1_800_000);

    const ledger = [first, second];
    expect(resumeAll(state, first, ledger, at('2026-03-03 09:00'), calendarOf)).toEqual({});

    const ended: Pause = { ...first, endedAt: new Date(at('2026-03-03 09:00')).toISOString() };
    const changed = resumeAll(state, second, [ended, second], at('2026-03-04 09:00'), calendarOf);
    expect(Object.keys(changed)).toEqual(['handle', 'dispatch']);
    expect(shown(Date.parse(changed.handle?.dueAt ?? ''))).toBe('2026-03-04 10:00');
    expect(changed.handle?.pauses).toHaveLength(1);
  });

  it('release the clocks no other pause holds, at once', () => {
    const first = pause('first', ['handle', 'dispatch']);
    const second = pause('second', ['handle']);
    const state = { ...book, ...pauseAll(book, first, at('2026-03-02 10:00'), calendarOf) };
    const changed = resumeAll(state, first, [first, second], at('2026-03-02 10:30'), calendarOf);
    expect(Object.keys(changed)).toEqual(['dispatch']);
  });

  it('end by themselves, in order', () => {
    const open = [
      pause('c'),
      pause('b', [], '2026-03-05 09:00'),
      pause('a', [], '2026-03-04 09:00'),
    ];
    const ledger = [
      { ...pause('d', [], '2026-03-01 09:00'), endedAt: new Date(0).toISOString() },
      ...open,
    ];
    expect(shown(nextPauseEndMs(ledger) ?? 0)).toBe('2026-03-04 09:00');
    expect(endedPauses(ledger, at('2026-03-04 09:00') - 1)).toEqual([]);
    expect(endedPauses(ledger, at('2026-03-06 09:00')).map((p) => p.id)).toEqual(['a', 'b']);
    expect(nextPauseEndMs([pause('c')])).toBeUndefined();
  });
});

describe('a book on the wire', () => {
  it('comes back as it went', () => {
    const helped = { ...book, 'assist:roads/2': running('2026-03-02 09:00', 1) };
    expect(ClockBook.parse(JSON.parse(JSON.stringify(helped)))).toEqual(helped);
  });

  it('refuses clocks of no known kind and instants of another spelling', () => {
    const clock = running('2026-03-02 09:00', 9);
    for (const name of ['lunch', 'assist', 'assist:']) {
      expect(ClockBook.safeParse({ [name]: clock }).success).toBe(false);
    }
    expect(Clock.safeParse({ ...clock, dueAt: '2026-03-02T09:00:00+08:00' }).success).toBe(false);
    expect(Clock.safeParse({ ...clock, remainingMs: -1 }).success).toBe(false);
  });
});
