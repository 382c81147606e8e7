import type { ReportBody, Subject } from '@cityloop/contracts';
import { CityLoopError, fromIso, RuleViolation, Unavailable, uuidv7 } from '@cityloop/kernel';
import type { Answer, Engine } from '@cityloop/stage';
import { report } from './domain/report.ts';
import { maskNumbers } from './mask.ts';
import type { Numbers } from './store/numbers.ts';
import type { Sources } from './store/sources.ts';
import type { Vault } from './store/vault.ts';

export type TakeReport = (given: {
  readonly body: ReportBody;
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
}) => Promise<Answer>;

export type TakeReportDeps = {
  readonly engine: Engine;
  readonly numbers: Numbers;
  readonly vault: Vault;
  readonly sources: Sources;
  readonly ask: AskHolder;
  readonly nowMs: () => number;
};

/**
 * 统一受理: takes one report from any channel. Personal data goes to the vault first, the source
 * number is claimed, then the incident is born; answers when all of it is durable. A number that
 * stands for an open incident is a further demand on it, for a closed one a 重办, for an archived one a
 * new incident that follows it.
 */
export function takeReport(deps: TakeReportDeps): TakeReport {
  const { engine, numbers, vault, sources } = deps;

  async function bear(
    given: Parameters<TakeReport>[0],
    id: string,
    follows?: string,
  ): Promise<Answer> {
    const { subject, key, traceparent } = given;
    const body = follows === undefined ? given.body : { ...given.body, follows };
    const description = maskNumbers(body.description);
    const secret = secretOf(body, id, description);
    const caller = secret === undefined ? undefined : await vault.keep(secret);
    const number = await numbers.next(deps.nowMs());
    const imported = body.occurredAt !== undefined && subject.roles.includes('admin');
    const prepared = { id, number, imported, description, caller };
    return engine.bear({
      incidentId: id,
      subject,
      key,
      body: given.body,
      occurredAt: body.occurredAt,
      traceparent,
      // An imported incident is born when its record says: its clocks count from there.
      decide: (ctx) =>
        report(body, prepared, imported ? { ...ctx, nowMs: fromIso(body.occurredAt ?? '') } : ctx),
    });
  }

  return async (given) => {
    const { body } = given;
    const id = uuidv7();
    if (body.externalNumber === undefined) return bear(given, id);
    const claim = { channel: body.channel, number: body.externalNumber, incidentId: id };
    const holder = await sources.claim(claim);
    if (holder === id) return bear(given, id);
    return again(given, claim, holder);
  };

  /** The number is known: whose incident it is decides what the report becomes. */
  async function again(
    given: Parameters<TakeReport>[0],
    claim: { channel: string; number: string; incidentId: string },
    holder: string,
  ): Promise<Taken> {
    const key = `source/${claim.channel}/${claim.number}/${given.key ?? claim.incidentId}`;
    // A retry of the very report that made the incident gets its first answer. The incident is looked
    // for first: it and the answer are stored in one commit, so one that is there has its answer.
    const born = (await engine.row(holder)) !== undefined;
    const first = await firstAnswer(given);
    if (first !== undefined) return first;
    if (!born) return takePlace(given, claim, holder);
    try {
      const body = demandOf(given.body);
      const answer = await deps.ask({ incidentId: holder, verb: 'supplement', body, key });
      return { ...answer, repeat: 'supplemented' };
    } catch (error) {
      const code = error instanceof CityLoopError ? error.code : undefined;
      if (code === 'INCIDENT_ENDED') return reopenOrFollow(given, claim, holder, key);
      throw error;
    }
  }

  /** The claim was made and its report never came to be, or not yet. */
  async function takePlace(
    given: Parameters<TakeReport>[0],
    claim: { channel: string; number: string; incidentId: string },
    holder: string,
  ): Promise<Answer> {
    if (await sources.pass(claim, holder, { abandoned: true })) {
      return bear(given, claim.incidentId);
    }
    throw sourceBusy();
  }

  async function reopenOrFollow(
    given: Parameters<TakeReport>[0],
    claim: { channel: string; number: string; incidentId: string },
    holder: string,
    key: string,
  ): Promise<Taken> {
    try {
      const body = { reasonCode: 'repeat-report', ...textOf(given.body) };
      const answer = await deps.ask({ incidentId: holder, verb: 'reopen', body, key: `${key}/r` });
      return { ...answer, repeat: 'reopened' };
    } catch (error) {
      if (!(error instanceof RuleViolation)) throw error;
      if (!(await sources.pass(claim, holder))) {
        throw new Unavailable(
          'SOURCE_BUSY',
          '同一来源编号正在受理 / this number is being taken in',
        );
      }
      return bear(given, claim.incidentId, holder);
    }
  }

  async function firstAnswer(given: Parameters<TakeReport>[0]): Promise<Answer | undefined> {
    const { subject, key, body } = given;
    return key === undefined ? undefined : engine.answered(subject.id, key, 'report', '', body);
  }
}

function sourceBusy(): Unavailable {
  return new Unavailable('SOURCE_BUSY', '同一来源编号正在受理 / this number is being taken in');
}

function textOf(body: ReportBody): { readonly text?: string } {
  return { text: maskNumbers(body.description) };
}

function demandOf(body: ReportBody): object {
  return {
    channel: body.channel,
    ...(body.externalNumber === undefined ? {} : { externalNumber: body.externalNumber }),
    ...(body.upstreamDueAt === undefined ? {} : { upstreamDueAt: body.upstreamDueAt }),
    ...textOf(body),
    ...(body.reporter?.wantsReply === undefined
      ? {}
      : { reporter: { wantsReply: body.reporter.wantsReply } }),
  };
}

function secretOf(body: ReportBody, incidentId: string, masked: string) {
  const { name, phone, anonymous } = body.reporter ?? {};
  const original = masked === body.description ? undefined : body.description;
  const known = anonymous === true ? {} : { name, phone };
  if (known.name === undefined && known.phone === undefined && original === undefined) {
    return undefined;
  }
  return { incidentId, ...known, original };
}
