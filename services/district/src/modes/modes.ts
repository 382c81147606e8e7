import { hash } from 'node:crypto';
import type {
  DistrictPack,
  ModeProposalBody,
  ModesStand,
  ModeView,
  Subject,
} from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import { KeyReused, NotFound, uuidv7 } from '@cityloop/kernel';
import type { Database, Session } from '@cityloop/postgres';
import { alone, newestRevision, publishWritten, writeEdition } from '../policy/revisions.ts';
import { comeDue, type Decided, decide } from './decide.ts';
import { activationOf, type Outcome, type Proposal, propose, type Situation } from './proposal.ts';
import type { ModeStore, Under } from './store.ts';

/** What is done about modes; one process at a time, whoever asks. */
export type Modes = {
  stand(): Promise<ModesStand>;
  propose(given: {
    readonly body: ModeProposalBody;
    readonly subject: Subject;
    readonly key?: string | undefined;
  }): Promise<ModeView>;
  decide(given: Decided): Promise<ModeView>;
  /** Does what has come due, and publishes what was not; when to come again at the latest, ms from now. */
  settle(): Promise<number | undefined>;
};

export type ModesOptions = {
  readonly db: Database;
  readonly log: Pick<EventLog, 'publish'>;
  readonly schema: string;
  readonly store: ModeStore;
  readonly pack: DistrictPack;
  /** A revision stands that could not be published yet: it will be with the next `settle`. */
  readonly onUnpublished: (error: unknown) => void;
};

export function createModes(options: ModesOptions): Modes {
  const { db, log, schema, store, pack } = options;

  async function situation(session: Session): Promise<Situation> {
    const [{ nowMs }, open] = await Promise.all([store.clock(session), store.open(session)]);
    return { pack, open, nowMs };
  }

  /** What was decided and the policy that follows from it are one commit; it is published after that. */
  async function carryOut(session: Session, outcome: Outcome, asked?: Under): Promise<void> {
    await session.transaction(async (tx) => {
      const { effectiveFrom } = outcome;
      if (effectiveFrom === undefined) return store.save(tx, outcome, undefined, asked);
      const revision = (await newestRevision(tx, schema)).revision + 1;
      const changed = outcome.changed.map((one) => begunWith(one, revision));
      await store.save(tx, { ...outcome, changed }, revision, asked);
      const told = (await store.told(tx)).flatMap((one) => activationOf(one) ?? []);
      const contentHash = hash('sha256', JSON.stringify(told), 'hex');
      const revised = { section: 'activations' as const, content: told, contentHash };
      await writeEdition(tx, schema, [revised], effectiveFrom);
    });
  }

  async function publish(session: Session): Promise<void> {
    await publishWritten(session, log, schema).catch(options.onUnpublished);
  }

  async function shown(session: Session, id: string): Promise<ModeView> {
    const [view] = await store.views(session, id);
    if (view !== undefined) return view;
    throw new NotFound('MODE_NOT_FOUND', '没有这一提议 / no such proposal');
  }

  return {
    async stand() {
      const views = await store.views(db);
      const of = (...statuses: readonly ModeView['status'][]) =>
        views.filter(({ status }) => statuses.includes(status));
      return {
        active: of('active'),
        proposed: of('proposed', 'scheduled'),
        history: of('ended', 'expired', 'withdrawn', 'refused', 'lapsed', 'done'),
      };
    },
    propose: ({ body, subject, key }) =>
      alone(db, schema, async (session) => {
        const asked = key === undefined ? undefined : under(`${subject.id} ${key}`, body);
        const known = asked === undefined ? undefined : await store.byKey(session, asked.key);
        if (known !== undefined && known.bodyHash !== asked?.bodyHash) throw reused();
        if (known !== undefined) return shown(session, known.id);
        const now = await situation(session);
        const id = uuidv7(now.nowMs);
        await carryOut(session, propose(id, body, subject, now), asked);
        return shown(session, id);
      }),
    decide: (given) =>
      alone(db, schema, async (session) => {
        await carryOut(session, decide(given, await situation(session)));
        await publish(session);
        return shown(session, given.id);
      }),
    async settle() {
      const before = await store.clock(db);
      if (before.nextMs === undefined || before.nextMs > before.nowMs) {
        await publishLeft(options);
        return before.nextMs === undefined ? undefined : before.nextMs - before.nowMs;
      }
      return alone(db, schema, async (session) => {
        const { open, nowMs } = await situation(session);
        for (const proposal of open) {
          const outcome = comeDue(proposal, nowMs);
          if (outcome !== undefined) await carryOut(session, outcome);
        }
        await publish(session);
        const { nextMs } = await store.clock(session);
        return nextMs === undefined ? undefined : nextMs - nowMs;
      });
    },
  };
}

/** The one that begins is known by the revision that brings it, for good. */
function begunWith(one: Proposal, revision: number): Proposal {
  return one.status === 'active' && one.revision === undefined ? { ...one, revision } : one;
}

/** All of the body counts, its members in one order whoever wrote it. */
function under(key: string, { modeId, areas, reason, from, until, extends: of }: ModeProposalBody) {
  const body = JSON.stringify([modeId, areas, reason, from ?? null, until, of ?? null]);
  return { key, bodyHash: hash('sha256', body, 'hex') };
}

function reused(): KeyReused {
  return new KeyReused(
    'IDEMPOTENCY_KEY_REUSED',
    '同一幂等键用于不同请求 / this key was used for another request',
  );
}

async function publishLeft({ db, log, schema }: ModesOptions): Promise<void> {
  const [left] = await db.query({
    text: `select 1 from ${schema}.revision where published_at is null limit 1`,
  });
  if (left === undefined) return;
  await alone(db, schema, (session) => publishWritten(session, log, schema));
}
