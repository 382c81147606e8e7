import { describe, expect, it, onTestFinished } from 'vitest';
import { behind } from './behind.ts';
import { createMemoryEventLog } from './memory-event-log.ts';

async function logOf(...ids: readonly string[]) {
  const log = createMemoryEventLog();
  onTestFinished(() => log[Symbol.asyncDispose]());
  await log.publish(
    'again',
    ids.map((id) => ({ key: id, body: JSON.stringify({ id }) })),
  );
  return log;
}

describe('behind', () => {
  it('goes on after the stored record', async () => {
    const log = await logOf('a', 'b', 'c');
    const starts = await behind(log, 'again', [{ partition: 0, position: 2, eventId: 'b' }]);
    expect(starts).toEqual([{ partition: 0, position: 3 }]);
  });

  it('begins anew when the log has another record there, or none', async () => {
    const log = await logOf('a', 'x', 'c');
    const other = await behind(log, 'again', [{ partition: 0, position: 2, eventId: 'b' }]);
    const none = await behind(log, 'again', [{ partition: 0, position: 9, eventId: 'b' }]);
    expect([other, none]).toEqual([
      [{ partition: 0, position: 1 }],
      [{ partition: 0, position: 1 }],
    ]);
  });

  it('says nothing when nothing is stored', async () => {
    expect(await behind(await logOf('a'), 'again', [])).toEqual([]);
  });
});
