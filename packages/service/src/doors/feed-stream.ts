import { setTimeout as after } from 'node:timers/promises';
import { Unavailable } from '@cityloop/kernel';
import { z } from 'zod';
import type { Peer } from '../calls/peer.ts';
import type { OpenStream } from '../calls/streams.ts';
import type { Follower, Following, PictureDoor, Shown, Told } from './other-doors.ts';

/** How far back whoever was away for a moment is told what happened, records of the log. */
export const REPLAY_MOST = 5_000;
const FEED = 'feed';
/** The rest before a stream that broke is opened again, ms. */
const REST_MS = 200;
/** How long the beginning of a stream is waited for, ms. */
const BEGIN_MS = 5_000;

/** Where a stream begins; with `reset`, not where it was asked to. */
const Begin = z.object({ at: z.int(), reset: z.boolean().optional() });

/**
 * The feed of the live picture as a stream for other processes: behind the position they had, when that
 * is not long ago.
 */
export function feedStream(door: Pick<PictureDoor, 'follow' | 'replay'>): {
  readonly [FEED]: OpenStream;
} {
  const lines = new WeakMap<Told, string>();
  const lineOf = (told: Told): string => {
    const known = lines.get(told);
    if (known !== undefined) return known;
    const shown: Shown = { ...told, pictured: told.pictured() };
    const made = `${JSON.stringify(shown)}\n`;
    lines.set(told, made);
    return made;
  };
  return {
    async [FEED](from, sink) {
      let sent = Number.POSITIVE_INFINITY;
      let held: Told[] | undefined = [];
      const begin = (at: number, reset?: boolean): void => {
        sent = at;
        sink.write(`${JSON.stringify({ at, reset })}\n`);
      };
      const send = (told: Told): void => {
        if (told.position <= sent) return;
        sent = told.position;
        sink.write(lineOf(told));
      };
      const following = await door.follow({
        told: (told) => (held === undefined ? send(told) : void held.push(told)),
        reset: (position) => begin(position, true),
      });
      sink.closed.addEventListener('abort', () => following.stop());
      if (sink.closed.aborted) following.stop();
      const missed = from === undefined ? 0 : following.from - from;
      if (Math.abs(missed) > REPLAY_MOST) begin(following.from, true);
      else begin(from ?? following.from);
      if (missed > 0 && missed <= REPLAY_MOST) {
        for (const told of await door.replay((from ?? 0) + 1, missed)) send(told);
      }
      const late = held;
      held = undefined;
      for (const told of late) send(told);
    },
  };
}

/** Follows the feed of a monitor in other processes; opened again behind the last event when it breaks. */
export async function followRemote(peer: Peer, follower: Follower): Promise<Following> {
  const stopped = new AbortController();
  const begun = Promise.withResolvers<number>();
  let last: number | undefined;

  function take(line: string): void {
    const read: unknown = JSON.parse(line);
    const begin = Begin.safeParse(read);
    if (begin.success) {
      const { at, reset } = begin.data;
      if (last !== undefined && reset === true) follower.reset(at);
      if (last === undefined || reset === true) last = at;
      begun.resolve(at);
      return;
    }
    const { pictured, ...rest } = read as Shown; // written by `feedStream`
    if (rest.position <= (last ?? 0)) return;
    last = rest.position;
    follower.told({ ...rest, pictured: () => pictured });
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await peer.stream(FEED, last, take, stopped.signal).catch(() => undefined);
      await after(REST_MS, undefined, { signal: stopped.signal, ref: false }).catch(
        () => undefined,
      );
    }
  }

  void run();
  const timer = setTimeout(() => {
    begun.reject(
      new Unavailable('STREAM_AWAY', '实况暂不可用，请稍后重试 / the live stream is away', {
        retryAfter: 3,
      }),
    );
  }, BEGIN_MS);
  try {
    return { from: await begun.promise, stop: () => stopped.abort() };
  } catch (error) {
    stopped.abort();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const ReplayArgs = z.tuple([z.int().min(0), z.int().min(1).max(REPLAY_MOST)]);

/** The method by which what stands in the log is told again. */
export function replayMethod(door: Pick<PictureDoor, 'replay'>) {
  return {
    replay: {
      args: ReplayArgs,
      run: async (from: number, limit: number): Promise<Shown[]> =>
        (await door.replay(from, limit)).map((told) => ({ ...told, pictured: told.pictured() })),
    },
  };
}

export async function replayRemote(peer: Peer, from: number, limit: number): Promise<Told[]> {
  const found = await peer.call('replay', [from, limit], { repeat: 'safe' });
  // Our own answer, made above.
  return (found as Shown[]).map(({ pictured, ...rest }) => ({ ...rest, pictured: () => pictured }));
}
