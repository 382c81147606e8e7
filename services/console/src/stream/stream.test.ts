import { describe, expect, it } from 'vitest';
import { citizen, clerk, ids, stage, street } from '../../test/stream-world.ts';

describe('a stream', () => {
  it('sends each event once to who comes back with the last position', async () => {
    const { live, feed, clients, join } = stage();
    await feed.ready();
    const first = join(0);
    for (let n = 0; n < 5; n++) live();
    clients.tick();
    first.leave();
    for (let n = 0; n < 5; n++) live();
    const seen = ids(first.to.text);
    const again = join(seen.at(-1) ?? 0);
    clients.tick();
    live();
    clients.tick();
    expect([...seen, ...ids(again.to.text)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('shows only what lies in the scope of the caller, and to citizens what they reported', async () => {
    const { live, feed, clients, join } = stage();
    await feed.ready();
    const [all, part, mine] = [join(0), join(0, street), join(0, citizen)];
    live({ area: '310110012' });
    live({ area: '310110019' });
    live({ area: '310110012', by: 'citizen' });
    clients.tick();
    expect(ids(all.to.text)).toEqual([1, 2, 3]);
    expect(ids(part.to.text)).toEqual([2]);
    expect(ids(mine.to.text)).toEqual([3]);
  });

  it('does not show a caller with the same post what another one reported elsewhere', async () => {
    const { live, feed, clients, join } = stage();
    await feed.ready();
    const reporter = join(0, street);
    const colleague = join(0, { ...street, id: 'colleague' });
    live({ area: '310110012', by: 'street' });
    clients.tick();
    expect(ids(reporter.to.text)).toEqual([1]);
    expect(ids(colleague.to.text)).toEqual([]);
  });

  it('hides a complaint from the centre it is about, and from nobody else of that area', async () => {
    const { live, feed, clients, join } = stage();
    await feed.ready();
    const beside = join(0, clerk);
    const about = join(0, { ...clerk, centreId: '310110' });
    live({ against: '310110' });
    live();
    clients.tick();
    expect(ids(beside.to.text)).toEqual([1, 2]);
    expect(ids(about.to.text)).toEqual([2]);
  });

  it('filters by the state after the event', async () => {
    const { live, feed, clients, join } = stage();
    await feed.ready();
    const { to } = join(0, clerk, { status: ['handling'], unit: 'u1' });
    live({ status: 'handling', unit: 'u1' });
    live({ status: 'handling', unit: 'u2' });
    live({ status: 'closed', unit: 'u1' });
    clients.tick();
    expect(ids(to.text)).toEqual([1]);
  });

  it('carries no words that people wrote', async () => {
    const { live, feed, clients, join } = stage();
    await feed.ready();
    const { to } = join(0);
    live();
    clients.tick();
    expect(to.text).toContain('"status":"reported"');
    expect(to.text).not.toContain('秘密文字');
  });

  it('tells a client that stopped reading to load anew, and is owed nothing then', async () => {
    const { live, feed, clients, dropped, join } = stage();
    await feed.ready();
    const { to } = join(0);
    const other = join(0);
    to.full = true;
    for (let n = 0; n < 3_000; n++) live();
    clients.tick();
    expect(to.ended).toBe(true);
    expect(to.text).toContain('event: reset\ndata: {"reason":"slow","position":3000}');
    expect(dropped).toEqual(['slow']);
    clients.tick();
    expect(clients.size).toBe(1);
    for (let n = 0; n < 20; n++) clients.tick();
    expect(ids(other.to.text)).toHaveLength(3_000);
  });

  it('goes on for a client that stops reading only for a moment', async () => {
    const { live, feed, clients, join } = stage();
    await feed.ready();
    const { to } = join(0);
    to.full = true;
    live();
    clients.tick();
    live();
    clients.tick();
    to.full = false;
    clients.tick();
    expect(ids(to.text)).toEqual([1, 2]);
  });

  it('beats when nothing happens and ends with the token', async () => {
    let nowMs = 0;
    const { feed, clients, join } = stage(() => nowMs);
    await feed.ready();
    const { to } = join(0, clerk, {}, 20_000);
    clients.tick();
    expect(to.text).toBe('');
    nowMs = 15_000;
    clients.tick();
    expect(to.text).toBe(': heartbeat\n\n');
    nowMs = 20_000;
    clients.tick();
    expect(to.text).toContain('event: expired');
    expect(clients.size).toBe(0);
    expect(clients.of('clerk')).toBe(0);
  });
});
