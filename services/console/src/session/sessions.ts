import { hash, randomBytes } from 'node:crypto';
import { Subject } from '@cityloop/contracts';
import { type Database, identifier, statement } from '@cityloop/postgres';
import type { Logger } from '@cityloop/runtime';
import { SCHEMA } from './schema.ts';

/** A shift and the talk at its end; whoever works longer signs in again. */
export const SESSION_HOURS = 12;
/** A browser that has asked for nothing so long is taken to be left alone. */
const IDLE_HOURS = 2;
/** How often it is looked which sessions have ended elsewhere, and what was seen is written, ms. */
const LOOK_MS = 3_000;
/** A session nobody has used for so long is forgotten here, ms; its row is asked again. */
const FORGET_MS = 60_000;
const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** Somebody signed in at a browser. `endsMs` is 0 from the moment it is known to have ended. */
export type Session = { readonly subject: Subject; readonly endsMs: number };

export type OpenedSession = { readonly token: string; readonly endsMs: number };

/**
 * Who is signed in at which browser, the same for all gateways on one database. A session ends 12 hours after
 * it was opened, 2 hours after it was used last, or when somebody signs out; other gateways know within 3 s.
 */
export type Sessions = AsyncDisposable & {
  open(subject: Subject): Promise<OpenedSession>;
  /** Whose the token is; undefined when it is nobody's, or has ended. */
  of(token: string): Session | undefined | Promise<Session | undefined>;
  end(token: string): Promise<void>;
};

type Known = { subject: Subject; endsMs: number; usedMs: number; written: boolean };

const schema = identifier(SCHEMA);
const insert = statement(
  `insert into ${schema}.session (id, subject, ends_at)
   values ($1, $2, now() + make_interval(hours => ${SESSION_HOURS}))
   returning (extract(epoch from ends_at) * 1000)::int8 as ends_ms`,
);
const alive = `ended_at is null and ends_at > now()
               and seen_at > now() - make_interval(hours => ${IDLE_HOURS})`;
const select = statement(
  `select subject, (extract(epoch from ends_at) * 1000)::int8 as ends_ms
   from ${schema}.session where id = $1 and ${alive}`,
);
const close = statement(
  `update ${schema}.session set ended_at = now() where id = $1 and ended_at is null`,
);
const seen = statement(
  `update ${schema}.session set seen_at = now() where id = any($1::bytea[]) and ${alive}`,
);
const living = statement(
  `select encode(id, 'hex') as id from ${schema}.session where id = any($1::bytea[]) and ${alive}`,
);
const tidy = statement(
  `delete from ${schema}.session
   where ends_at < now() - interval '1 day' or ended_at < now() - interval '1 day'`,
);

/** `db` throws `Unavailable` while there is none yet. */
export function createSessions(db: () => Database, logger: Logger): Sessions {
  const known = new Map<string, Known>();
  let looking: Promise<void> | undefined;

  /** Those used since the last look are written down together; those that ended elsewhere end here. */
  async function look(): Promise<void> {
    if (known.size === 0) return;
    const nowMs = performance.now();
    const used = [...known].filter(([, one]) => !one.written).map(([id]) => bytes(id));
    if (used.length > 0) await db().query({ ...seen, values: [used] });
    for (const one of known.values()) one.written = true;
    const all = [...known.keys()];
    const rows = await db().query<{ id: string }>({ ...living, values: [all.map(bytes)] });
    const left = new Set(rows.map(({ id }) => id));
    for (const [id, one] of known) {
      if (!left.has(id)) one.endsMs = 0;
      if (!left.has(id) || nowMs - one.usedMs > FORGET_MS) known.delete(id);
    }
  }

  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => logger.warn({ err: error }, 'sessions cannot be looked after'))
      .finally(() => {
        looking = undefined;
      });
  }, LOOK_MS).unref();
  async function tidied(): Promise<void> {
    await db().query(tidy);
  }
  const hourly = setInterval(
    () =>
      void tidied().catch((error: unknown) =>
        logger.warn({ err: error }, 'old sessions are not deleted'),
      ),
    3_600_000,
  ).unref();

  async function find(id: string): Promise<Session | undefined> {
    const [row] = await db().query<{ subject: unknown; ends_ms: number }>({
      ...select,
      values: [bytes(id)],
    });
    if (row === undefined) return undefined;
    const subject = Object.freeze(Subject.parse(row.subject));
    const one = { subject, endsMs: row.ends_ms, usedMs: performance.now(), written: false };
    known.set(id, one);
    return one;
  }

  return {
    async open(subject) {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const values = [bytes(idOf(token)), JSON.stringify(subject)];
      const [row] = await db().query<{ ends_ms: number }>({ ...insert, values });
      if (row === undefined) throw new Error('a session was not written');
      return { token, endsMs: row.ends_ms };
    },
    of(token) {
      if (!TOKEN.test(token)) return undefined;
      const id = idOf(token);
      const one = known.get(id);
      if (one === undefined) return find(id);
      if (one.endsMs <= Date.now()) return undefined;
      one.usedMs = performance.now();
      one.written = false;
      return one;
    },
    async end(token) {
      if (!TOKEN.test(token)) return;
      const id = idOf(token);
      await db().query({ ...close, values: [bytes(id)] });
      const one = known.get(id);
      if (one !== undefined) one.endsMs = 0;
      known.delete(id);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      clearInterval(hourly);
      await looking;
    },
  };
}

const idOf = (token: string): string => hash('sha256', token, 'hex');
const bytes = (id: string): Buffer => Buffer.from(id, 'hex');
