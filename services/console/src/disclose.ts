import type { Incident, Subject } from '@cityloop/contracts';
import { mayKnowConfidential } from '@cityloop/incident';
import type { Disclosed } from '@cityloop/service';
import { z } from 'zod';

/** What `reveal` answers with. */
export const Revealed = z.object({
  callers: z.array(
    z.object({
      demandId: z.string().optional().meta({ description: '哪件诉求；办理中写下的原文没有' }),
      name: z.string().optional(),
      phone: z.string().optional(),
      original: z.string().optional(),
    }),
  ),
  withheld: z.int().meta({ description: '要求保密而未向您出示的条数' }),
});
export type Revealed = z.infer<typeof Revealed>;

type Kept = Disclosed & { readonly token: string };

/**
 * What the vault has of an incident, caller by caller, as far as it is for the subject's eyes. Who asked
 * for confidence is left out for those who need not know, and counted. So is what belongs to no demand,
 * if it may tell of them: whoever was to be added and was not, and words written with a command.
 */
export function disclose(kept: readonly Kept[], subject: Subject, incident: Incident): Revealed {
  const demands = new Map(incident.demands.map((demand) => [demand.caller, demand]));
  const guarded = incident.demands.some((demand) => demand.confidential === true);
  const trusted = mayKnowConfidential(subject, incident);
  const isOpen = ({ token, name, phone }: Kept): boolean => {
    const demand = demands.get(token);
    if (demand !== undefined) return demand.confidential !== true;
    return !guarded && name === undefined && phone === undefined;
  };
  const shown = kept.filter((one) => trusted || isOpen(one));
  const callers = shown.map(({ token, ...known }) => {
    const demand = demands.get(token);
    return demand === undefined ? known : { demandId: demand.id, ...known };
  });
  return { callers: unique(callers), withheld: kept.length - shown.length };
}

/** What was kept twice because a command was repeated is shown once. */
function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
