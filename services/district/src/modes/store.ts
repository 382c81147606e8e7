import { ModeRecord, type ModeView, PackMode } from '@cityloop/contracts';
import { identifier, type Queryable } from '@cityloop/postgres';
import { z } from 'zod';
import { nextAt } from './decide.ts';
import type { Outcome, Proposal } from './proposal.ts';

const OPEN = `'proposed', 'scheduled', 'active'`;
/** How long the policy goes on telling of a mode that is over: custodians that were away still follow it. */
const TOLD_DAYS = 60;
const HISTORY_MOST = 200;

/** A proposal as its row keeps it; rows are parsed, not trusted. */
const Kept: z.ZodType<Proposal> = z.object({
  id: z.uuid(),
  status: z.enum([
    'proposed',
    'scheduled',
    'active',
    'ended',
    'expired',
    'withdrawn',
    'refused',
    'lapsed',
    'done',
  ]),
  mode: PackMode,
  areas: z.array(z.string()),
  reason: z.string(),
  proposedBy: z.string(),
  proposedAt: z.string(),
  from: z.string().optional(),
  until: z.string(),
  extends: z.string().optional(),
  approvedBy: z.string().optional(),
  approvedAt: z.string().optional(),
  revision: z.int().optional(),
});

type Row = { readonly body: unknown };

/** The key a proposal came under, and the hash of all that was asked with it. */
export type Under = { readonly key: string; readonly bodyHash: string };
type Asked = { readonly id: string; readonly bodyHash: string };

/** The rows of proposals and their records, and nothing but SQL. */
export function modeStore(schemaName: string) {
  const schema = identifier(schemaName);
  const bodies = (rows: readonly Row[]) => rows.map(({ body }) => Kept.parse(body));

  return {
    async open(db: Queryable): Promise<readonly Proposal[]> {
      return bodies(
        await db.query<Row>({
          text: `select body from ${schema}.mode where status in (${OPEN}) order by at, id`,
        }),
      );
    },
    async byKey(db: Queryable, key: string): Promise<Asked | undefined> {
      const [row] = await db.query<{ id: string; bodyHash: string }>({
        text: `select id, body_hash as "bodyHash" from ${schema}.mode where key = $1`,
        values: [key],
      });
      return row === undefined ? undefined : { id: row.id, bodyHash: row.bodyHash };
    },
    /** What the policy tells of: active ones, and those that ended lately. */
    async told(db: Queryable): Promise<readonly Proposal[]> {
      return bodies(
        await db.query<Row>({
          text: `select body from ${schema}.mode
                 where status in ('active', 'ended', 'expired')
                   and (body->>'until')::timestamptz > now() - make_interval(days => ${TOLD_DAYS})
                 order by body->>'approvedAt', id`,
        }),
      );
    },
    async save(
      db: Queryable,
      { changed, records }: Outcome,
      revision: number | undefined,
      asked: Under | undefined,
    ): Promise<void> {
      for (const proposal of changed) {
        await db.query({
          text: `insert into ${schema}.mode (id, status, body, key, body_hash, next_at)
                 values ($1, $2, $3, $4, $5, $6)
                 on conflict (id) do update
                 set status = excluded.status, body = excluded.body, next_at = excluded.next_at`,
          values: [
            proposal.id,
            proposal.status,
            JSON.stringify(proposal),
            asked?.key ?? null,
            asked?.bodyHash ?? null,
            nextAt(proposal) ?? null,
          ],
        });
      }
      for (const { proposal, fact, at, by, role, reason } of records) {
        const tells = ['began', 'extended', 'ended', 'expired'].includes(fact);
        await db.query({
          text: `insert into ${schema}.mode_record (mode, fact, at, by_id, role, reason, revision)
                 values ($1, $2, $3, $4, $5, $6, $7)`,
          values: [proposal, fact, at, by, role, reason ?? null, tells ? (revision ?? null) : null],
        });
      }
    },
    /** When the next thing happens by itself, and what time it is, ms. */
    async clock(db: Queryable): Promise<{ readonly nowMs: number; readonly nextMs?: number }> {
      const [row] = await db.query<{ now: number; next: number | null }>({
        text: `select (extract(epoch from clock_timestamp()) * 1000)::int8 as now,
                      (extract(epoch from min(next_at)) * 1000)::int8 as next from ${schema}.mode`,
      });
      const nowMs = row?.now ?? 0;
      return row?.next === null || row?.next === undefined
        ? { nowMs }
        : { nowMs, nextMs: row.next };
    },
    async views(db: Queryable, id?: string): Promise<readonly ModeView[]> {
      const proposals = bodies(
        await db.query<Row>({
          text: `select body from ${schema}.mode
                 where $1::uuid is null or id = $1
                 order by status in (${OPEN}) desc, at desc, id limit ${HISTORY_MOST}`,
          values: [id ?? null],
        }),
      );
      const rows = await db.query<{ mode: string; [column: string]: unknown }>({
        text: `select mode, fact, by_id as by, role, reason, revision,
                      to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
               from ${schema}.mode_record where mode = any($1::uuid[]) order by seq`,
        values: [proposals.map((p) => p.id)],
      });
      return proposals.map((proposal) =>
        viewOf(
          proposal,
          rows.filter((row) => row.mode === proposal.id),
        ),
      );
    },
  };
}

export type ModeStore = ReturnType<typeof modeStore>;

function viewOf(proposal: Proposal, rows: readonly Readonly<Record<string, unknown>>[]): ModeView {
  const { mode, revision: _revision, ...rest } = proposal;
  const records = rows.map((row) =>
    ModeRecord.parse(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))),
  );
  return { ...rest, modeId: mode.id, name: mode.name, records };
}
