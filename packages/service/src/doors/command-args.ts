import {
  askBodies,
  type Caller,
  commandBodies,
  FromLadder,
  type IncidentCommand,
  IncidentId,
  Subject,
  verbs,
} from '@cityloop/contracts';
import type { Command } from '@cityloop/stage';
import { z } from 'zod';
import type { GivenAsk } from './stage-door.ts';

const Key = z.string().min(1).max(600);
const CallerToken: z.ZodType<Caller> = z.strictObject({
  token: z.string().max(64),
  pseudonym: z.string().max(64).optional(),
});
/** The loop itself says by which token the vault knows a further caller. */
const supplement = commandBodies.supplement.extend({ caller: CallerToken.optional() });
const bodies: Bodies = { ...commandBodies, ...askBodies, supplement };
/** The ladder says from which of its rungs a 督办 comes. */
const supervise = commandBodies.supervise.extend({ ladder: FromLadder.optional() });
const asked: Bodies = { ...bodies, supervise };
type Bodies = Readonly<Record<string, z.ZodType>>;

/** Who is no part of the system. */
export const Person = Subject.refine(({ roles }) => !roles.includes('system'), {
  message: 'only asks are done as system',
});

type Said = { readonly verb: string; readonly body: unknown };

/** A body as the schema of its verb has it. */
function byVerb<S extends Said>(
  { verb, body }: S,
  ctx: z.core.$RefinementCtx,
  schemas = bodies,
): unknown {
  const parsed = schemas[verb]?.safeParse(body);
  if (parsed?.success === true) return parsed.data;
  ctx.issues.push({ code: 'custom', message: `no body for ${verb}`, input: body });
  return z.NEVER;
}

const SaidCommand = z
  .strictObject({ verb: z.enum(verbs), body: z.unknown() })
  // Parsed by the schema of this very verb.
  .transform((said, ctx) => ({ verb: said.verb, body: byVerb(said, ctx) }) as IncidentCommand);

export const CommandArgs: z.ZodType<[Command]> = z.tuple([
  z.strictObject({
    incidentId: IncidentId,
    command: SaidCommand,
    subject: Person,
    key: Key.optional(),
    ifMatch: z.int().optional(),
    traceparent: z.string().max(100).optional(),
    importing: z.boolean().optional(),
    repeated: z.boolean().optional(),
  }),
]);

/** What parts of the system ask of each other; what concludes an ask never leaves its service. */
const askable = ['absorb', 'release', 'supplement', 'reopen', 'supervise'] as const;

export const AskArgs: z.ZodType<[GivenAsk]> = z.tuple([
  z
    .strictObject({
      incidentId: IncidentId,
      verb: z.enum(askable),
      body: z.unknown(),
      key: Key,
      importing: z.boolean().optional(),
    })
    .transform((given, ctx) => ({ ...given, body: byVerb(given, ctx, asked) })),
]);
