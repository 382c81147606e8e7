import { decodeEvent, type IncidentEvent, type ModePreview } from '@cityloop/contracts';
import {
  type EventLog,
  type PostgresEventLog,
  type Subscription,
  startCopy,
} from '@cityloop/event-log';
import type { Policy } from '@cityloop/incident';
import { type Database, identifier, migrate, statement } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import { type Live, startLive } from './live.ts';
import { type ImaginedMode, oneAtATime, previewMode } from './mode-preview.ts';
import { createNearby, type Nearby, type Placed } from './nearby.ts';
import { passedOver } from './passed-over.ts';
import { type Picture, startPicture } from './picture.ts';
import { readFrom } from './read-from.ts';
import { type Histories, replay, type Told } from './replay.ts';
import { SCHEMA } from './schema.ts';
import { createSearch, type Search } from './search.ts';

/** Where the monitor keeps the events of a log that stands elsewhere, at positions of its own. */
const FEED = 'monitor_feed';

export type Monitor = AsyncDisposable & {
  /** The one feed of the live picture and of all streams; its positions are the same for every process. */
  readonly feed: PostgresEventLog;
  /** What fills it, where the log stands elsewhere. */
  readonly filler?: Subscription;
  readonly picture: Picture;
  readonly live: Live;
  readonly search: Search;
  readonly nearby: Nearby;
  /** See `previewMode` and `oneAtATime`. */
  previewMode(imagined: ImaginedMode): Promise<ModePreview>;
  /** Events from a position of the log on, at most `limit`, each with the state right after it. */
  replay(from: number, limit: number): Promise<readonly Told[]>;
};

/** Starts the monitor: the live picture of every incident, kept from the event stream. */
export async function startMonitor(services: {
  readonly db: Database;
  readonly log: EventLog;
  /** See `StageServices`. */
  readonly shared?: PostgresEventLog | undefined;
  readonly logger: Logger;
  readonly policy: () => Policy;
}): Promise<Monitor> {
  const { db, logger, shared } = services;
  await migrate(db, { schema: SCHEMA, dir: new URL('../migrations', import.meta.url) });
  await using parts = new AsyncDisposableStack();
  const copy =
    shared === undefined
      ? parts.use(
          await startCopy({
            db,
            schema: FEED,
            of: services.log,
            onUnreadable: (records) =>
              logger.error(
                { amount: records.length },
                'records that name no event are passed over',
              ),
          }),
        )
      : undefined;
  const log = (copy?.log ?? shared) as PostgresEventLog; // one of them is there
  const nearby = createNearby(services.policy, Date.now);
  const recall = histories(db, log.schema);
  const picture = parts.use(
    await startPicture({
      ...{ db, log, schema: SCHEMA, logger, histories: recall },
      passedOver: passedOver(db, SCHEMA, log.schema),
    }),
  );
  // First where the written picture ends, then what it has: what is written in between comes twice.
  const from = await readFrom(db, SCHEMA);
  nearby.fill(await openSince(db, services.policy().settings.duplicate.hours));
  const live = parts.use(
    await startLive({
      log,
      logger,
      histories: recall,
      from,
      listen: (event, after) => nearby.follow(event, after),
    }),
  );
  const stop = parts.move();
  return {
    feed: log,
    ...(copy === undefined ? {} : { filler: copy.reader }),
    picture,
    live,
    nearby,
    search: createSearch(db, SCHEMA),
    previewMode: oneAtATime((imagined) =>
      previewMode(
        { db, schema: SCHEMA, histories: recall, policy: services.policy(), nowMs: Date.now() },
        imagined,
      ),
    ),
    replay: (from, limit) => replay({ log, histories: recall }, from, limit),
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

const open = statement(
  `select incident_id, number, lon, lat, category_code,
          (extract(epoch from reported_at) * 1000)::int8 as reported_ms
   from ${identifier(SCHEMA)}.incident
   where ended_at is null and lon is not null and lat is not null and category_code is not null
     and reported_at > now() - make_interval(hours => $1)`,
);

/** What the live picture has of the last hours: what the duplicates are looked for among. */
function openSince(db: Database, hours: number): Promise<readonly Placed[]> {
  return db.query<Placed>({ ...open, values: [Math.ceil(hours)] });
}

function histories(db: Database, schema: string): Histories {
  const whole = statement(
    `select incident_id, body from ${identifier(schema)}.incident_event
     where incident_id = any($1::uuid[]) order by incident_id, version`,
  );
  return async (ids) => {
    const rows = await db.query<{ incident_id: string; body: string }>({ ...whole, values: [ids] });
    return eventsOf(rows);
  };
}

function eventsOf(
  rows: readonly { readonly incident_id: string; readonly body: string }[],
): ReadonlyMap<string, readonly IncidentEvent[]> {
  const found = new Map<string, IncidentEvent[]>();
  for (const { incident_id, body } of rows) {
    const decoded = decodeEvent(body);
    if (decoded.kind !== 'event') continue;
    const list = found.get(incident_id) ?? [];
    list.push(decoded.event);
    found.set(incident_id, list);
  }
  return found;
}
