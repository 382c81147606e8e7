import { describe, expect, it } from 'vitest';
import { feedStream, followRemote, REPLAY_MOST } from '../src/doors/feed-stream.ts';
import type { Follower, PictureDoor, Told } from '../src/doors/other-doors.ts';
import { peerOf, startReplica } from './fixture.ts';

const pictured = { id: 'i', custodian: 'intake', view: {}, reportedMs: 0 };
const told = (position: number): Told => ({
  position,
  event: { type: 'intake.reported', recordedAt: '', occurredAt: '', version: 1, by: 'clerk' },
  pictured: () => pictured as unknown as ReturnType<Told['pictured']>, // nobody looks into it here
});

/** A picture that has read `read` records of a log without end. */
function picture(start: number) {
  const followers = new Set<Follower>();
  let read = start;
  const door: Pick<PictureDoor, 'follow' | 'replay'> = {
    async follow(follower) {
      followers.add(follower);
      return { from: read, stop: () => void followers.delete(follower) };
    },
    replay: async (from, limit) => Array.from({ length: limit }, (_, n) => told(from + n)),
  };
  const happen = (): void => {
    read += 1;
    for (const follower of followers) follower.told(told(read));
  };
  return { door, happen, followers, readUpTo: (position: number) => (read = position) };
}

/** What a gateway hears. */
function listener() {
  const heard: number[] = [];
  const resets: number[] = [];
  const follower: Follower = {
    told: ({ position }) => void heard.push(position),
    reset: (position) => void resets.push(position),
  };
  return { heard, resets, follower };
}

describe('the feed of a picture elsewhere', () => {
  it('tells all that happens from where it begins', async () => {
    const { door, happen, followers } = picture(10);
    await using replica = await startReplica({}, { streams: feedStream(door) });
    using peer = peerOf([replica.url]);
    await peer.call('none', [], { repeat: 'safe' }).catch(() => undefined); // its address is known
    const { heard, follower } = listener();
    const following = await followRemote(peer, follower);
    expect(following.from).toBe(10);
    happen();
    happen();
    await expect.poll(() => heard).toEqual([11, 12]);
    following.stop();
    await expect.poll(() => followers.size).toBe(0);
  });

  it('goes on behind the last event when the connection broke, without a gap or a repeat', async () => {
    const { door, happen, readUpTo } = picture(0);
    const first = await startReplica({}, { streams: feedStream(door) });
    using peer = peerOf([first.url]);
    const { heard, resets, follower } = listener();
    const following = await followRemote(peer, follower);
    happen();
    await expect.poll(() => heard).toEqual([1]);
    await first[Symbol.asyncDispose]();
    readUpTo(3);
    await using second = await startReplica({}, { streams: feedStream(door), port: first.port });
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual([1, 2, 3]);
    happen();
    await expect.poll(() => heard).toEqual([1, 2, 3, 4]);
    expect(resets).toEqual([]);
    expect(second.url).toBe(first.url);
    following.stop();
  });

  it('says so when too much happened meanwhile', async () => {
    const { door, happen, readUpTo } = picture(0);
    const first = await startReplica({}, { streams: feedStream(door) });
    using peer = peerOf([first.url]);
    const { heard, resets, follower } = listener();
    const following = await followRemote(peer, follower);
    await first[Symbol.asyncDispose]();
    const far = REPLAY_MOST + 1;
    readUpTo(far);
    await using second = await startReplica({}, { streams: feedStream(door), port: first.port });
    await expect.poll(() => resets, { timeout: 10_000 }).toEqual([far]);
    happen();
    await expect.poll(() => heard).toEqual([far + 1]);
    expect(second.url).toBe(first.url);
    following.stop();
  });

  it('goes on behind the last event when it was told something it cannot take', async () => {
    const { door, happen } = picture(0);
    const streams = feedStream(door);
    let begun = 0;
    const feed: typeof streams.feed = async (from, sink) => {
      begun += 1;
      await streams.feed(from, sink);
      if (begun === 1) sink.write('{"position":\n');
    };
    await using replica = await startReplica({}, { streams: { feed } });
    using peer = peerOf([replica.url]);
    await peer.call('none', [], { repeat: 'safe' }).catch(() => undefined); // its address is known
    const { heard, follower } = listener();
    const following = await followRemote(peer, follower);
    await expect.poll(() => begun).toBe(2);
    happen();
    await expect.poll(() => heard).toEqual([1]);
    following.stop();
  });
});
