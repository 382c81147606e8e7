import type { Actor, Evidence, Incident } from '@cityloop/contracts';
import { toIso } from '@cityloop/kernel';
import { actorOf, type Context } from './context.ts';

type Body = {
  readonly text?: string | undefined;
  readonly attachments?: readonly string[] | undefined;
};

/** Whether there are words at all: a blank line says nothing. */
export function hasWords(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}

/** Whether an act brings anything that could be looked at later: words, or a file. */
export function bringsEvidence({ text, attachments = [] }: Body): boolean {
  return hasWords(text) || attachments.length > 0;
}

/** The members every act has: who, in which role, their words, and the evidence they brought. */
export type Said = { by: Actor; text?: string; evidence?: Evidence[] };

/**
 * What was said with a command, ready for its event's data. `kind` is what the attachments show;
 * attachments the incident already has are not entered twice.
 */
export function said(
  ctx: Context,
  incident: Pick<Incident, 'evidence'> | undefined,
  command: { readonly body: Body },
  options: { readonly role?: Actor['role'] | undefined; readonly kind?: Evidence['kind'] } = {},
): Said {
  const { text, attachments } = command.body;
  const fresh = attachments?.filter((id) => !incident?.evidence.some((e) => e.id === id));
  const at = toIso(ctx.nowMs);
  return {
    by: actorOf(ctx.subject, options.role ?? ctx.role),
    ...(text === undefined ? {} : { text }),
    ...(fresh === undefined || fresh.length === 0
      ? {}
      : {
          evidence: fresh.map((id) => ({
            id,
            kind: options.kind ?? 'other',
            by: ctx.subject.id,
            at,
          })),
        }),
  };
}
