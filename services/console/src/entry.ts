import { type Caller, permissions, type ReportBody, type Subject } from '@cityloop/contracts';
import { mayRead } from '@cityloop/incident';
import { Forbidden, NotFound, RuleViolation } from '@cityloop/kernel';
import type { Taken } from '@cityloop/service';
import type { Answer, Command } from '@cityloop/stage';
import { type Attachments, attachmentUnknown } from './attachments/attachments.ts';
import { arrived, give } from './custody.ts';
import type { Loop } from './loop.ts';
import { masked } from './masked.ts';
import { incidentNotFound, isVisible, unlessForeign } from './visibility.ts';

/** Who sends something, and whether it is an import, whose photos are not here. */
export type Sender = { readonly subject: Subject; readonly importing: boolean };

export type Report = Sender & {
  readonly body: ReportBody;
  readonly key?: string | undefined;
  readonly traceparent?: string | undefined;
};

/**
 * What every report and command goes through, one by one or in bulk, before the loop sees it: what it
 * names has to be there and the caller's to name, and numbers in what people wrote are masked.
 */
export type Entry = {
  report(report: Report): Promise<Taken>;
  command(command: Command & { readonly importing: boolean }): Promise<Answer>;
};

export function createEntry(loop: Loop, attachments: Attachments): Entry {
  async function assertUsable(ids: readonly string[], subject: Subject): Promise<void> {
    for (const id of ids) {
      if (await mayUse(loop, attachments, subject, id)) continue;
      throw attachmentUnknown(id);
    }
  }

  async function assertTarget(given: Command): Promise<void> {
    const { command, subject } = given;
    if (command.verb !== 'merge' || (await isVisible(loop, subject, command.body.into))) return;
    throw new NotFound(
      'MERGE_TARGET_NOT_FOUND',
      '没有要并入的案件 / no such incident to merge into',
      { into: command.body.into },
    );
  }

  return {
    async report({ subject, importing, body, key, traceparent }) {
      assertPermitted(subject, 'report');
      if (subject.roles.every((role) => role === 'citizen')) refuseForCitizens(body);
      const named = importing ? [] : (body.attachments ?? []);
      await assertUsable(named, subject);
      if (body.follows !== undefined && !(await isVisible(loop, subject, body.follows))) {
        throw new RuleViolation(
          'FOLLOWS_UNKNOWN',
          '没有所接续的案件 / no such incident to follow',
          {
            follows: body.follows,
          },
        );
      }
      // The description is intake's to mask: it keeps the words as they were.
      const { description, ...rest } = body;
      const clean = masked(rest, loop.mask);
      const taken = await loop.report({
        body: { ...clean.body, description },
        original: clean.original,
        subject,
        key,
        traceparent,
      });
      await attachments.link(named, taken.id);
      return taken;
    },
    async command({ importing, ...given }) {
      const { subject, incidentId, command } = given;
      assertPermitted(subject, command.verb);
      if (command.verb === 'supplement' && subject.roles.every((role) => role === 'citizen')) {
        refuseCitizensDue(command.body.upstreamDueAt);
      }
      const named = importing ? [] : attachmentsIn(command.body);
      await assertUsable(named, subject);
      await assertTarget(given);
      const clean = masked(command.body, loop.mask);
      const answer = await unlessForeign(loop, subject, incidentId, async () => {
        const kept = await keepSecret(loop, given, clean.original);
        const caller = command.verb === 'supplement' ? kept : undefined;
        // The same command with some of its texts masked, and who called by the vault's token.
        const body = caller === undefined ? clean.body : { ...clean.body, caller };
        const safe = { ...command, body } as Command['command'];
        return give(loop, { ...given, importing, command: safe });
      });
      await attachments.link(named, incidentId);
      return answer;
    },
  };
}

/** Whose photo one may name as evidence: one's own, or one that an incident in sight has. */
export async function mayUse(
  loop: Loop,
  attachments: Attachments,
  subject: Subject,
  id: string,
): Promise<boolean> {
  const facts = await attachments.facts(id);
  if (facts === undefined) return false;
  if (facts.by === subject.id) return true;
  for (const incidentId of await attachments.incidentsOf(id)) {
    if (await isVisible(loop, subject, incidentId)) return true;
  }
  return false;
}

function attachmentsIn(body: { readonly attachments?: readonly string[] | undefined } | object) {
  return 'attachments' in body ? (body.attachments ?? []) : [];
}

function assertPermitted(subject: Subject, action: keyof typeof permissions): void {
  if (subject.roles.some((role) => permissions[action].includes(role))) return;
  throw new Forbidden('PERMISSION_MISSING', `您的岗位没有此权限 / your roles lack ${action}`, {
    permission: action,
  });
}

/** A number of another system opens what stands behind it, its due rings: citizens have none to give. */
function refuseForCitizens({ channel, externalNumber, upstreamDueAt }: ReportBody): void {
  refuseCitizensDue(upstreamDueAt);
  if (externalNumber !== undefined) {
    throw new Forbidden(
      'EXTERNAL_NUMBER_NOT_ALLOWED',
      '市民上报不带来源编号 / citizens give no source number',
    );
  }
  if (channel === 'citizen-app' || channel === 'open311') return;
  throw new Forbidden(
    'CHANNEL_NOT_ALLOWED',
    '市民只能通过市民端上报 / citizens report by citizen-app',
    { channel },
  );
}

function refuseCitizensDue(upstreamDueAt: string | undefined): void {
  if (upstreamDueAt === undefined) return;
  throw new Forbidden(
    'UPSTREAM_DUE_NOT_ALLOWED',
    '市民上报不带上级时限 / citizens set no upstream due',
  );
}

/**
 * What must not stand in an event goes to the vault before the command is given, as that of a report
 * does: words as they were, and a further caller's name and number. Only for an incident the sender may
 * see, or anybody could put callers and words into a foreign one. A command with a key has the same
 * token at every try.
 */
async function keepSecret(
  loop: Loop,
  { command, incidentId, subject, key }: Command,
  original: string | undefined,
): Promise<Caller | undefined> {
  const reporter = command.verb === 'supplement' ? command.body.reporter : undefined;
  const { name, phone, anonymous } = reporter ?? {};
  const known = anonymous === true ? {} : { name, phone };
  if (known.name === undefined && known.phone === undefined && original === undefined) {
    return undefined;
  }
  if (!mayRead(subject, await arrived(loop, incidentId))) throw incidentNotFound();
  const entry = key === undefined ? {} : { key: `${command.verb}/${subject.id}/${key}` };
  return loop.keep({ incidentId, ...known, original, ...entry });
}
