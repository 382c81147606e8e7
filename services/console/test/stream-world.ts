import type { Subject } from '@cityloop/contracts';
import type { Follower, Pictured, Told } from '@cityloop/service';
import { Clients, type Sink } from '../src/stream/clients.ts';
import { Feed } from '../src/stream/feed.ts';

export const clerk: Subject = { id: 'clerk', name: 'c', roles: ['clerk'], area: '310110' };
export const street: Subject = { id: 'street', name: 's', roles: ['clerk'], area: '310110019' };
export const citizen: Subject = { id: 'citizen', name: 'z', roles: ['citizen'], area: '310110' };

type Facts = { area: string; status: string; by: string; unit?: string; against?: string };

/** A log and a picture that need no rules: an incident is just what the stream looks at. */
function world() {
  const log: Told[] = [];
  const followers = new Set<Follower>();
  /** How far the picture has read. */
  let read = 0;
  const happen = (given: Partial<Facts> = {}): Told => {
    const facts: Facts = { area: '310110', status: 'reported', by: 'x', ...given };
    const position = log.length + 1;
    const told: Told = {
      position,
      event: {
        type: 'intake.reported',
        version: 1,
        by: 'clerk',
        recordedAt: '2026-03-02T01:00:00.000Z',
        occurredAt: '2026-03-02T01:00:00.000Z',
      },
      pictured: () => picturedOf(`i${position}`, facts),
    };
    log.push(told);
    return told;
  };
  const tell = (told: Told): void => {
    read = Math.max(read, told.position);
    for (const follower of followers) follower.told(told);
  };
  const source = {
    async follow(follower: Follower) {
      followers.add(follower);
      return { from: read, stop: () => void followers.delete(follower) };
    },
    replay: async (from: number, limit: number) => log.slice(from - 1, from - 1 + limit),
  };
  return {
    ...{ happen, tell, source, followers },
    /** What happened before anybody came: the picture has read it. */
    past(facts?: Partial<Facts>): Told {
      const told = happen(facts);
      read = told.position;
      return told;
    },
    live: (facts?: Partial<Facts>) => tell(happen(facts)),
    reset: (position: number) => {
      for (const follower of followers) follower.reset(position);
    },
  };
}

function picturedOf(id: string, facts: Facts): Pictured {
  return {
    id,
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
    view: { id, status: facts.status, centreId: facts.area, description: '秘密文字' },
  };
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

export const ids = (text: string): number[] =>
  [...text.matchAll(/^id: (\d+)\nevent: incident$/gm)].map((found) => Number(found[1]));

export function stage(nowMs: () => number = () => 0) {
  const made = world();
  const feed = new Feed(made.source, 0);
  const dropped: string[] = [];
  const probe = {
    clients: () => undefined,
    sent: () => undefined,
    dropped: (reason: string) => void dropped.push(reason),
  };
  const clients = new Clients(feed, probe, nowMs);
  const join = (from: number, subject: Subject = clerk, filter = {}, expiresMs = 1e15) => {
    const to = sink();
    const leave = clients.add(to, { subject, filter, from, until: () => expiresMs }, '');
    return { to, leave };
  };
  return { ...made, feed, clients, dropped, join };
}
