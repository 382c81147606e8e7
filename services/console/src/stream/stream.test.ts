import type { Incident, IncidentEvent, Subject } from '@cityloop/contracts';
import { describe, expect, it } from 'vitest';
import type { Loop, Pictured, Told } from '../loop.ts';
import { Clients, type Sink } from './clients.ts';
import { Feed, REPLAY_MOST } from './feed.ts';

const clerk: Subject = { id: 'clerk', name: 'c', roles: ['clerk'], area: '310110' };
const street: Subject = { id: 'street', name: 's', roles: ['clerk'], area: '310110019' };
const citizen: Subject = { id: 'citizen', name: 'z', roles: ['citizen'], area: '310110' };

type Facts = { area: string; status: string; by: string; unit?: string; against?: string };

/** A log and a picture that need no rules: an incident is just what the stream looks at. */
function world() {
  const log: Told[] = [];
  const listeners = new Set<Parameters<Loop['picture']['onEvent']>[0]>();
  const show = (incident: Incident): Pictured => {
    // Only ever made by `happen` below.
    const facts = incident as unknown as Facts;
    return {
      id: incident.id,
      custodian: 'intake',
      reportedMs: 0,
      scope: {
        ownerCentreId: facts.area,
        centreId: facts.area,
        level: 'subdistrict',
        handlingUnits: facts.unit === undefined ? [] : [facts.unit],
        ground: {},
        discoveredBy: { id: facts.by },
        ...(facts.against === undefined ? {} : { against: { centreId: facts.against } }),
      },
      view: {
        id: incident.id,
        status: facts.status,
        centreId: facts.area,
        description: '秘密文字',
      },
    };
  };
  const happen = (facts: Partial<Facts> = {}): Told => {
    const position = log.length + 1;
    const told = {
      position,
      event: { type: 'intake.reported', version: 1, data: { by: { role: 'clerk' } } },
      after: { id: `i${position}`, area: '310110', status: 'reported', by: 'x', ...facts },
    } as unknown as Told; // the few members the stream reads
    log.push(told);
    return told;
  };
  const tell = ({ event, after, position }: Told): void => {
    for (const listen of listeners) listen(event as IncidentEvent, after, position);
  };
  const source = {
    onEvent(listen: Parameters<Loop['picture']['onEvent']>[0]) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    replay: async (from: number, limit: number) => log.slice(from - 1, from - 1 + limit),
    show,
  };
  const ends: Loop['log']['ends'] = async () => [{ partition: 0, position: log.length + 1 }];
  return { happen, tell, live: (facts?: Partial<Facts>) => tell(happen(facts)), source, ends };
}

function sink(): Sink & { text: string; ended: boolean; full: boolean } {
  return {
    text: '',
    ended: false,
    full: false,
    get writableNeedDrain() {
      return this.full;
    },
    write(chunk) {
      this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return !this.full;
    },
    end(chunk) {
      this.text += chunk ?? '';
      this.ended = true;
    },
    destroy() {
      this.ended = true;
    },
  };
}

const ids = (text: string): number[] =>
  [...text.matchAll(/^id: (\d+)\nevent: incident$/gm)].map((found) => Number(found[1]));

function stage(nowMs: () => number = () => 0) {
  const made = world();
  const feed = new Feed(made.source, made.ends);
  const dropped: string[] = [];
  const probe = {
    clients: () => undefined,
    sent: () => undefined,
    dropped: (reason: string) => void dropped.push(reason),
  };
  const clients = new Clients(feed, probe, nowMs);
  const join = (from: number, subject: Subject = clerk, filter = {}, expiresMs = 1e15) => {
    const to = sink();
    const leave = clients.add(to, { subject, filter, from, expiresMs }, '');
    return { to, leave };
  };
  return { ...made, feed, clients, dropped, join };
}

describe('the feed', () => {
  it('joins what is in the log to what is heard, without a gap and without a repeat', async () => {
    const { happen, tell, live, feed } = stage();
    const old = [happen(), happen(), happen()];
    await feed.ready();
    for (const told of old) tell(told); // the picture is still catching up
    live();
    await feed.reach(0);
    live();
    expect(feed.after(0).map((item) => item.position)).toEqual([1, 2, 3, 4, 5]);
    expect(feed.after(3).map((item) => item.position)).toEqual([4, 5]);
  });

  it('hears what happens while it still asks where the log ends', async () => {
    const { happen, live, feed } = stage();
    happen();
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
    const { happen, feed } = stage();
    for (let n = 0; n < REPLAY_MOST + 10; n++) happen();
    await feed.reach(0);
    expect(feed.oldest).toBe(10);
    expect(feed.after(0)).toHaveLength(REPLAY_MOST);
  });
});

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
