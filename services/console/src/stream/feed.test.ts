import { REPLAY_MOST } from '@cityloop/service';
import { describe, expect, it } from 'vitest';
import { stage } from '../../test/stream-world.ts';

describe('the feed', () => {
  it('joins what is in the log to what is heard, without a gap and without a repeat', async () => {
    const { past, tell, live, feed } = stage();
    const old = [past(), past(), past()];
    await feed.ready();
    for (const told of old) tell(told); // the picture tries again what failed
    live();
    await feed.reach(0);
    live();
    expect(feed.after(0).map((item) => item.position)).toEqual([1, 2, 3, 4, 5]);
    expect(feed.after(3).map((item) => item.position)).toEqual([4, 5]);
  });

  it('hears what happens while it is still told where it begins', async () => {
    const { past, live, feed } = stage();
    past();
    const ready = feed.ready();
    live();
    await ready;
    await feed.reach(0);
    expect(feed.after(0).map((item) => item.position)).toEqual([1, 2]);
  });

  it('tells an event once when the picture tells it twice', async () => {
    const { happen, tell, feed } = stage();
    await feed.ready();
    const told = happen();
    tell(told);
    tell(told);
    expect(feed.after(0)).toHaveLength(1);
  });

  it('reaches no further back than its bound', async () => {
    const { past, feed } = stage();
    for (let n = 0; n < REPLAY_MOST + 10; n++) past();
    await feed.reach(0);
    expect(feed.oldest).toBe(10);
    expect(feed.after(0)).toHaveLength(REPLAY_MOST);
  });

  it('waits for a position that another replica has been at already', async () => {
    const { live, feed } = stage();
    await feed.ready();
    const reached = feed.awaits(2, 60_000);
    live();
    live();
    await reached;
    expect(feed.last).toBe(2);
  });

  it('follows what happens only while somebody is there', async () => {
    const { past, live, feed, followers } = stage();
    const leave = feed.join();
    await feed.ready();
    expect(followers.size).toBe(1);
    live();
    leave();
    await expect.poll(() => followers.size).toBe(0);
    past();
    feed.join();
    await feed.ready();
    expect(feed.last).toBe(2);
    live();
    expect(feed.after(2).map((item) => item.position)).toEqual([3]);
  });

  it('tells clients to load anew when something in between is not to be had', async () => {
    const { live, reset, feed, clients, dropped, join } = stage();
    await feed.ready();
    live();
    const { to } = join(0);
    clients.tick();
    reset(9_000);
    clients.tick();
    expect(to.text).toContain('event: reset');
    expect(dropped).toEqual(['slow']);
    expect(feed.last).toBe(9_000);
  });
});
