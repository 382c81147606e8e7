import type pg from 'pg';
import type { LoopArm } from '../arm.ts';
import { type Incident, STAGES } from '../incident.ts';
import { openPool, startPostgres } from '../servers/postgres.ts';

/** How the floor is driven. */
export type FloorOptions = {
  /** Most incidents in one commit; what gathered while the last one was in flight is the next. */
  readonly batch: number;
  /** Commits in flight a stage; more than one only pays where batches are tiny. */
  readonly connections: number;
  /** Where a stage takes its work from: handed on in process, or read back from the outbox. */
  readonly fedBy: 'memory' | 'outbox';
};

// JSON escapes control characters, so neither an id nor a body can hold it.
const SEPARATOR = '\x1e';

const TABLES = `
  ${Array.from({ length: STAGES }, (_, stage) => `create table stage_${stage} (incident_id uuid primary key, body text not null);`).join('\n')}
  create table outbox (
    id bigint generated always as identity primary key,
    stage int2 not null, incident_id uuid not null, body text not null);
  create index outbox_of_stage on outbox (stage, id);`;

// Text joined by a separator: the driver escapes arrays character by character.
const storeStatement = (stage: number) => ({
  name: `store-${stage}`,
  text: `
    with new as (
      select id::uuid as id, body
      from rows from (
        string_to_table($1, '${SEPARATOR}'), string_to_table($2, '${SEPARATOR}')
      ) as given (id, body)
    ), stored as (
      insert into stage_${stage} (incident_id, body) select id, body from new
    )
    insert into outbox (stage, incident_id, body) select ${stage}, id, body from new`,
});

const READ = {
  name: 'read',
  text: 'select id, body from outbox where stage = $1 and id > $2 order by id limit $3',
};

type Row = { readonly id: string; readonly body: string };

/** Work of one stage; an empty answer of `take` means that there is nothing now. */
type Inbox = {
  give(incidents: readonly Incident[]): void;
  take(most: number): Promise<readonly Incident[]>;
};

function memoryInbox(): Inbox {
  let waiting: Incident[] = [];
  let next = 0;
  return {
    give: (incidents) => {
      for (const incident of incidents) waiting.push(incident);
    },
    take: async (most) => {
      const taken = waiting.slice(next, next + most);
      next += taken.length;
      if (next === waiting.length) {
        waiting = [];
        next = 0;
      }
      return taken;
    },
  };
}

/**
 * Reads what the stage before committed. Ids are a safe cursor here alone: that stage has one
 * connection, so they become visible in their order.
 */
function outboxInbox(pool: pg.Pool, stageBefore: number): Inbox {
  let cursor = '0';
  return {
    give: () => undefined,
    take: async (most) => {
      const { rows } = await pool.query<Row>({ ...READ, values: [stageBefore, cursor, most] });
      cursor = rows.at(-1)?.id ?? cursor;
      // The outbox holds what `JSON.stringify` made of an incident, and nothing else.
      return rows.map((row) => JSON.parse(row.body) as Incident);
    },
  };
}

async function store(pool: pg.Pool, stage: number, incidents: readonly Incident[]): Promise<void> {
  const ids = incidents.map((incident) => incident.id).join(SEPARATOR);
  const bodies = incidents.map((incident) => JSON.stringify(incident)).join(SEPARATOR);
  await pool.query({ ...storeStatement(stage), values: [ids, bodies] });
}

/** Wakes who waits; a ring that came before the waiting began is heard too. */
type Bell = { rings(): number; ring(): void; after(heard: number): Promise<void> };

function createBell(): Bell {
  let rings = 0;
  let waiters: (() => void)[] = [];
  return {
    rings: () => rings,
    ring: () => {
      rings += 1;
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake();
    },
    after: (heard) =>
      rings > heard ? Promise.resolve() : new Promise((resolve) => void waiters.push(resolve)),
  };
}

type Stage = {
  readonly inbox: Inbox;
  readonly bell: Bell;
  readonly batch: number;
  work(incidents: readonly Incident[]): Promise<void>;
};

/** Works off one stage for ever: the process of an arm ends with its run. */
async function consume({ inbox, bell, batch, work }: Stage): Promise<never> {
  for (;;) {
    const heard = bell.rings();
    const taken = await inbox.take(batch);
    if (taken.length > 0) await work(taken);
    else await bell.after(heard);
  }
}

/**
 * What Postgres alone allows: a stage is one statement that stores its row and the outbox row that
 * feeds the next, durable before the next one starts. No rules, no clocks, no history, no reader.
 */
export function sqlFloor(options: FloorOptions): LoopArm {
  const parts = new AsyncDisposableStack();
  let pool: pg.Pool | undefined;
  let feed: (incidents: readonly Incident[]) => void = () => {};
  const versions: string[] = [];

  return {
    servers: () => versions,

    async start(done) {
      const server = parts.use(await startPostgres());
      versions.push(`Postgres ${server.version}`);
      const opened = openPool(server.url, STAGES * options.connections + 1);
      pool = parts.adopt(opened, (open) => open.end());
      await opened.query(TABLES);

      const inboxes = Array.from({ length: STAGES }, (_, stage) =>
        stage > 0 && options.fedBy === 'outbox' ? outboxInbox(opened, stage - 1) : memoryInbox(),
      );
      const bells = inboxes.map(createBell);
      feed = (incidents) => {
        inboxes[0]?.give(incidents);
        bells[0]?.ring();
      };
      for (const [stage, inbox] of inboxes.entries()) {
        const work = async (incidents: readonly Incident[]): Promise<void> => {
          await store(opened, stage, incidents);
          inboxes[stage + 1]?.give(incidents);
          bells[stage + 1]?.ring();
          if (stage + 1 === STAGES) for (const { id } of incidents) done(id);
        };
        const bell = bells[stage] ?? createBell();
        for (let consumer = 0; consumer < options.connections; consumer += 1)
          void consume({ inbox, bell, batch: options.batch, work });
      }
    },

    submit: async (incidents) => feed(incidents),

    drained: async () => {},
    async stepsDone() {
      const result = await pool?.query<{ count: string }>('select count(*) from outbox');
      return Number(result?.rows[0]?.count ?? 0);
    },

    stop: () => parts.disposeAsync(),
  };
}
