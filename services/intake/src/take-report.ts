import type { ReportBody, Subject } from '@cityloop/contracts';
import { maskNumbers, type Policy, refuseUpstreamDue } from '@cityloop/incident';
import { CityLoopError, fromIso, Unavailable, uuidv7 } from '@cityloop/kernel';
import type { Answer, Engine } from '@cityloop/stage';
import { report } from './domain/report.ts';
import { asksOf, matterOf, secretOf } from './repeat.ts';
import type { Numbers } from './store/numbers.ts';
import type { Claim, Sources } from './store/sources.ts';
import type { Vault } from './store/vault.ts';

export type TakeReport = (given: {
  readonly body: ReportBody;
  /** Words that were masked before it came here, as they were: for the vault. */
  readonly original?: string | undefined;
  readonly subject: Subject;
  readonly key?: string | undefined;
  readonly traceparent?: string | undefined;
}) => Promise<Taken>;

/** `repeat` when the source number stands for an incident already: that one is answered. */
export type Taken = Answer & { readonly repeat?: 'supplemented' | 'reopened' | undefined };

/** Sends a command to an incident's holder as `system`; what asks are made of. */
export type AskHolder = (ask: {
  readonly incidentId: string;
  readonly verb: string;
  readonly body: unknown;
  readonly key: string;
  /** For an import: it is part of the history that is told. */
  readonly importing?: boolean | undefined;
}) => Promise<Answer>;

export type TakeReportDeps = {
  readonly engine: Pick<Engine, 'answered' | 'bear' | 'row'>;
  readonly numbers: Pick<Numbers, 'next'>;
  readonly vault: Pick<Vault, 'keep'>;
  readonly sources: Sources;
  readonly ask: AskHolder;
  readonly nowMs: () => number;
  readonly policy: () => Policy;
};

type Given = Parameters<TakeReport>[0];

/** How often a report follows an incident that is closed and reopened under it. */
const ROUNDS = 3;
/** Archive's refusals for which a repeated report becomes an incident of its own. */
const notToReopen: ReadonlySet<string> = new Set(['ARCHIVED', 'MERGED', 'NEVER_FILED']);
/** What keeps a demand off an incident that has just been reopened; the reopening stands. */
const noMoreDemands: ReadonlySet<string> = new Set([
  'INCIDENT_ENDED',
  'INCIDENT_FULL',
  'INCIDENT_MERGING',
  'TOO_MANY_DEMANDS',
]);

/**
 * 统一受理: takes one report from any channel. Personal data goes to the vault first, the source
 * number is claimed, then the incident is born; answers when all of it is durable. A number that
 * stands for an open incident is a further demand on it, for a closed one a 重办, for an archived one a
 * new incident that follows it.
 */
export function takeReport(deps: TakeReportDeps): TakeReport {
  const { engine, numbers, vault, sources } = deps;

  async function bear(given: Given, id: string, follows?: string): Promise<Answer> {
    const { subject, key, traceparent } = given;
    const body = follows === undefined ? given.body : { ...given.body, follows };
    const description = maskNumbers(body.description);
    const imported = isImport(body, subject);
    const secret = secretOf(given, id, description);
    const caller =
      secret === undefined
        ? undefined
        : await vault.keep({ ...secret, matter: matterOf(body, imported, deps.policy()) });
    const number = await numbers.next(deps.nowMs());
    const { repeatOf } = caller ?? {};
    const prepared = { id, number, imported, description, caller, repeatOf };
    return engine.bear({
      incidentId: id,
      subject,
      key,
      body: given.body,
      occurredAt: body.occurredAt,
      traceparent,
      decide: (ctx) => report(body, prepared, ctx),
    });
  }

  /** Bears what holds its number; a report that is refused gives the number back at once. */
  async function bearClaimed(given: Given, claim: Claim, follows?: string): Promise<Answer> {
    try {
      return await bear(given, claim.incidentId, follows);
    } catch (error) {
      if (error instanceof CityLoopError && neverWas(error)) {
        const back =
          follows === undefined
            ? sources.release(claim)
            : sources.pass({ ...claim, incidentId: follows }, claim.incidentId);
        // Else it is free for the next report after a while; the sender wants to know what was wrong.
        await back.catch(() => undefined);
      }
      throw error;
    }
  }

  return async (given) => {
    const { body } = given;
    const id = uuidv7();
    if (body.externalNumber === undefined) return bear(given, id);
    const claim = { channel: body.channel, number: body.externalNumber, incidentId: id };
    const holder = await sources.claim(claim);
    if (holder === id) return bearClaimed(given, claim);
    return again(given, claim, holder);
  };

  /** The number is known: whose incident it is decides what the report becomes. */
  async function again(given: Given, claim: Claim, holder: string): Promise<Taken> {
    // A retry of the very report that made the incident gets its first answer. The incident is looked
    // for first: it and the answer are stored in one commit, so one that is there has its answer.
    const born = (await engine.row(holder)) !== undefined;
    const first = await firstAnswer(given);
    if (first !== undefined) return first;
    if (!born) return takePlace(given, claim, holder);
    const repeat = await asksOf(given, claim, holder, vault, isImport(given.body, given.subject));
    for (let round = 0; round < ROUNDS; round++) {
      let taken: Taken | 'moved' | 'follow' | undefined = await supplement(repeat);
      if (taken === undefined) {
        // Or the reopening would stand without the demand it was for.
        refuseUpstreamDue(given.body, saidMs(given));
        taken = await reopen(repeat);
      }
      if (taken === 'follow') return follow(given, claim, holder);
      if (taken !== 'moved') return taken;
    }
    throw sourceBusy();
  }

  /** Undefined when the incident has ended. */
  async function supplement({ demand, reopening }: Repeat): Promise<Taken | undefined> {
    try {
      return { ...(await deps.ask(demand)), repeat: 'supplemented' };
    } catch (error) {
      const code = codeOf(error);
      if (code === 'INCIDENT_ENDED') return undefined;
      if (code !== 'IDEMPOTENCY_KEY_REUSED') throw error;
      // The key may stand for the demand of a reopening: then this is a retry of that report. If it
      // stands for anything else this is refused as well.
      return { ...(await deps.ask(reopening.demand)), repeat: 'reopened' };
    }
  }

  /** `moved` when somebody else has just reopened it, `follow` when nobody can. */
  async function reopen({ reopening }: Repeat): Promise<Taken | 'moved' | 'follow'> {
    let answer: Answer;
    try {
      answer = await deps.ask(reopening.reopen);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'NOT_IN_CUSTODY') return 'moved';
      if (code !== undefined && notToReopen.has(code)) return 'follow';
      throw error;
    }
    try {
      answer = await deps.ask(reopening.demand);
    } catch (error) {
      if (!noMoreDemands.has(codeOf(error) ?? '')) throw error;
    }
    return { ...answer, repeat: 'reopened' };
  }

  async function follow(given: Given, claim: Claim, holder: string): Promise<Answer> {
    if (!(await sources.pass(claim, holder))) throw sourceBusy();
    return bearClaimed(given, claim, holder);
  }

  /** The claim was made and its report never came to be, or not yet. */
  async function takePlace(given: Given, claim: Claim, holder: string): Promise<Answer> {
    if (!(await sources.pass(claim, holder, { abandoned: true }))) throw sourceBusy();
    return bearClaimed(given, claim);
  }

  function saidMs({ body, subject }: Given): number {
    return isImport(body, subject) ? fromIso(body.occurredAt) : deps.nowMs();
  }

  async function firstAnswer(given: Given): Promise<Answer | undefined> {
    const { subject, key, body } = given;
    return key === undefined ? undefined : engine.answered(subject.id, key, 'report', '', body);
  }
}

type Repeat = Awaited<ReturnType<typeof asksOf>>;

/** Who may import tells of the past by naming when it was. */
function isImport(
  body: ReportBody,
  subject: Subject,
): body is ReportBody & { readonly occurredAt: string } {
  return body.occurredAt !== undefined && subject.roles.includes('admin');
}

/** Whether nothing was stored, and nothing of this try will be: not so when the storing itself broke. */
function neverWas(error: CityLoopError): boolean {
  return !(error instanceof Unavailable) || error.code === 'STOPPING';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof CityLoopError ? error.code : undefined;
}

function sourceBusy(): Unavailable {
  return new Unavailable('SOURCE_BUSY', '同一来源编号正在受理 / this number is being taken in');
}
