import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NoticeBell } from './notice-bell.ts';

const A = '01900000-0000-7000-8000-000000000001';
const B = '01900000-0000-7000-8000-000000000002';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function rung(bell: NoticeBell, person: string) {
  const heard: number[] = [];
  return { heard, leave: bell.join(person, (unread) => heard.push(unread)) };
}

describe('the bell of notices', () => {
  it('rings for unread messages when a stream opens, and once for each new one', async () => {
    let newest = [{ personId: 'shi', id: A, unread: 2 }];
    const bell = new NoticeBell(async () => newest);
    const { heard } = rung(bell, 'shi');
    const other = rung(bell, 'he');
    await vi.advanceTimersByTimeAsync(3_000);
    newest = [{ personId: 'shi', id: B, unread: 3 }];
    await vi.advanceTimersByTimeAsync(3_000);
    expect(heard).toEqual([2, 3]);
    expect(other.heard).toEqual([]);
    bell.close();
  });

  it('asks for nobody when no stream is open, and goes on when the service is back', async () => {
    const asked: (readonly string[])[] = [];
    let away = true;
    const bell = new NoticeBell(async (people) => {
      asked.push(people);
      if (away) throw new Error('away');
      return [{ personId: 'shi', id: A, unread: 1 }];
    });
    const { heard, leave } = rung(bell, 'shi');
    await vi.advanceTimersByTimeAsync(2_000);
    away = false;
    await vi.advanceTimersByTimeAsync(1_000);
    leave();
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(heard).toEqual([1]);
    expect(asked.length).toBe(before);
    expect(asked[0]).toEqual(['shi']);
  });
});
