import type { Clock, ClockBook } from '@cityloop/calendar';
import {
  type DistrictPack,
  encodeEvent,
  type Incident,
  type IncidentEvent,
  PackEscalation,
} from '@cityloop/contracts';
import { createMemoryEventLog } from '@cityloop/event-log';
import { compilePolicy } from '@cityloop/incident';
import { RuleViolation, Unavailable, uuidv7 } from '@cityloop/kernel';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { createLogger, createMetrics } from '@cityloop/runtime';
import type { OpenAsk } from '@cityloop/stage';
import { received, testPack } from '@cityloop/testing';
import { onTestFinished, vi } from 'vitest';
import { type SlaServices, startSla } from '../src/service.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
const MINUTE_MS = 60_000;

export const rungs = [
  { id: 'late', at: { mark: 'red' }, to: [{ role: 'unit-leader', of: 'unit' }] },
  {
    id: 'centre',
    at: { after: '10分钟' },
    to: [{ role: 'shift-supervisor', of: 'centre' }],
    supervise: { by: 'centre', requirement: '尽快办结', reply: '2紧急工作时' },
  },
  {
    id: 'upper',
    at: { after: '20分钟' },
    to: [{ role: 'shift-supervisor', of: 'upper' }],
    supervise: { by: 'upper', requirement: '限时办结', reply: '1紧急工作时' },
  },
  { id: 'leader', at: { every: '60分钟', most: 2 }, to: [{ role: 'leader', of: 'upper' }] },
];

const ladders = [{ id: 'unit', clocks: ['handle'], rungs }];

export function packWith(escalation: object = {}): DistrictPack {
  const whole = { ladders, catchUp: '5分钟', notices: { bundle: '1分钟' }, ...escalation };
  return { ...testPack, escalation: PackEscalation.parse(whole) };
}

function withAddresses(
  pack: DistrictPack,
  addresses: Readonly<Record<string, string>>,
): DistrictPack {
  const people = pack.people.map((person) => {
    const address = addresses[person.id];
    return address === undefined ? person : { ...person, email: address };
  });
  return { ...pack, people };
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A handling clock that ran out so long ago; 0 and less: it still runs, without a mark. */
export function clockLate(minutes: number, change: Partial<Clock> = {}): Clock {
  const dueAt = iso(Date.now() - minutes * MINUTE_MS);
  return {
    epoch: 1,
    limit: { amount: 2, unit: 'urgent-hour' },
    calendar: 'always',
    revision: 1,
    basis: 'standard:x',
    startedAt: iso(Date.now() - minutes * MINUTE_MS - 7_200_000),
    firstDueAt: dueAt,
    dueAt,
    ...(minutes > 0 ? { redAt: dueAt } : {}),
    ...change,
  };
}

type Rung = { readonly rung: string; readonly missed: boolean; readonly outcome: string | null };
type NoticeRow = { readonly person: string; readonly state: string; readonly text: string };

/** The service on a database of its own, with incidents whose holder is the test. */
export async function createWorld(
  escalation: object = {},
  addresses: Readonly<Record<string, string>> = {},
) {
  const database = await createTestDatabase();
  const db: Database = createPool(database.url, { max: 6 });
  const log = createMemoryEventLog();
  const incidents = new Map<string, Incident>();
  const asked: OpenAsk[] = [];
  let pack = withAddresses(packWith(escalation), addresses);
  const listeners = new Set<() => void>();
  const started: AsyncDisposable[] = [];
  onTestFinished(async () => {
    for (const one of started) await one[Symbol.asyncDispose]();
    await db.close();
    await database[Symbol.asyncDispose]();
  });

  async function tell(incident: Incident, fact: string): Promise<void> {
    const event = {
      id: uuidv7(),
      type: `handling.${fact}`,
      incidentId: incident.id,
      version: incident.version,
      custodian: 'handling',
      occurredAt: incident.recordedAt,
      recordedAt: incident.recordedAt,
      data: { by: { id: 'system', role: 'system' }, clock: 'handle', dueAt: incident.recordedAt },
    };
    // Read by its first bytes alone.
    const body = encodeEvent(event as unknown as IncidentEvent);
    await log.publish('incidents', [{ key: incident.id, body }]);
  }

  const world = {
    db,
    log,
    asked,
    incidents,
    /** What the holders answer to asks from here on. */
    refusal: undefined as string | undefined,
    away: false,
    handing: false,
    /** Asks do not arrive. */
    deaf: false,
    /** An incident of the roads' unit, with this handling clock. */
    async incident(clock: Clock, change: Partial<Incident> = {}): Promise<string> {
      const id = uuidv7();
      const clocks: ClockBook = { handle: clock };
      const incident: Incident = { ...received().incident, id, clocks, version: 5, ...change };
      incidents.set(id, incident);
      await tell(incident, 'clock-overdue');
      return id;
    },
    /** What the incident's holder does next, told by an event of that name. */
    async moves(id: string, fact: string, change: Partial<Incident>): Promise<void> {
      const before = incidents.get(id);
      if (before === undefined) throw new Error(`no incident ${id}`);
      const incident = { ...before, ...change, version: before.version + 1 };
      incidents.set(id, incident);
      await tell(incident, fact);
    },
    /** The last event once more, as a log may tell it. */
    again: (id: string) => tell(incidents.get(id) as Incident, 'clock-overdue'), // it is there
    revise(changed: object): void {
      pack = packWith(changed);
      for (const listen of listeners) listen();
    },
    async start(
      sending: Pick<SlaServices, 'ways' | 'retry'> & Partial<Pick<SlaServices, 'logger'>> = {},
    ) {
      const sla = await startSla({
        logger,
        ...sending,
        db,
        log,
        metrics: createMetrics({ processMetrics: false }),
        policies: {
          current: () => compilePolicy(pack, 1),
          pack: () => pack,
          onChange(listen) {
            listeners.add(listen);
            return () => listeners.delete(listen);
          },
        },
        async holder(id) {
          if (world.away) throw new Error('nobody answers');
          if (world.handing) throw new Unavailable('IN_TRANSIT', 'on its way');
          return incidents.get(id);
        },
        async ask(ask) {
          if (world.away || world.deaf) throw new Error('nobody answers');
          if (!asked.some(({ key }) => key === ask.key)) asked.push(ask);
          const { ladder } = ask.body as { ladder: { epoch: number } }; // of a 督办
          const now = incidents.get(ask.incidentId)?.clocks.handle?.epoch;
          if (now !== ladder.epoch) throw new RuleViolation('SUPERVISION_VOID', 'set anew');
          if (world.refusal !== undefined) throw new RuleViolation(world.refusal, 'no');
          return { id: ask.incidentId } as never; // nobody looks at it
        },
      });
      started.push(sla);
      return sla;
    },
    rungs: (id: string) =>
      db.query<Rung>({
        text: 'select rung, missed, outcome from sla.rung where incident_id = $1 order by due_at, rung',
        values: [id],
      }),
    notices: (id: string) =>
      db.query<NoticeRow>({
        text: `select person_id as person, state, body->>'text' as text from sla.notice
               where incident_id = $1 and channel = 'in-app' order by id`,
        values: [id],
      }),
    async watched(): Promise<number> {
      const text = 'select count(*)::int as n from sla.watched';
      return (await db.query<{ n: number }>({ text }))[0]?.n ?? 0;
    },
    /** Looks again until nothing is due, read and unanswered any more. */
    async settled(): Promise<void> {
      const text = `select (select count(*) from sla.watched where next_at < now() + interval '1 s')
                         + (select count(*) from sla.ask where answered_at is null) as n,
                         (select coalesce(sum(position), 0)::int from sla.log_offset) as read`;
      await vi.waitFor(
        async () => {
          const [row] = await db.query<{ n: number; read: number }>({ text });
          const ends = await log.ends('incidents');
          const unread = ends.reduce((sum, end) => sum + end.position - 1, 0) - (row?.read ?? 0);
          if (row?.n !== 0 || unread > 0) throw new Error('not at rest');
        },
        { timeout: 15_000, interval: 30 },
      );
    },
  };
  return world;
}
