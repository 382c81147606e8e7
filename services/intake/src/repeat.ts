import type { ReportBody, SaidIn } from '@cityloop/contracts';
import { maskNumbers, type Policy, place } from '@cityloop/incident';
import type { Claim } from './store/sources.ts';
import type { Kept, Matter, Secret, Vault } from './store/vault.ts';

/** What the text of an ask holds at most, characters. */
const LONGEST = 4_000;

type GivenReport = { readonly body: ReportBody; readonly original?: string | undefined };

/** An ask of the incident's holder, with a key that is the same at every try. */
type Ask = {
  readonly incidentId: string;
  readonly verb: string;
  readonly body: unknown;
  readonly key: string;
  readonly importing: boolean;
};

/**
 * The asks a further report of a known number may become: a demand on the open incident, or its
 * reopening and the demand that comes with it. Both demands have one key, so that a report adds one
 * demand at most; their bodies differ (the words went with the reopening), so that the key tells a
 * retry which of the two it was. The caller is in the vault when it resolves, as are words too many
 * for one ask.
 */
export async function asksOf(
  given: GivenReport & { readonly key?: string | undefined },
  claim: Claim,
  holder: string,
  vault: Pick<Vault, 'keep'>,
  importing: boolean,
): Promise<{
  readonly demand: Ask;
  readonly reopening: { readonly reopen: Ask; readonly demand: Ask };
}> {
  const { body } = given;
  const key = `source/${claim.channel}/${claim.number}/${given.key ?? claim.incidentId}`;
  const description = maskNumbers(body.description);
  const whole = together(description, body.text);
  const text = whole.length <= LONGEST ? whole : `${whole.slice(0, LONGEST - 1).toWellFormed()}…`;
  const lost = text === whole ? undefined : body.text;
  const original = together(given.original, lost) || undefined;
  const secret = secretOf({ body, original }, holder, description);
  const caller = secret === undefined ? undefined : await vault.keep({ ...secret, key });
  const demand = demandOf(body, caller);
  const supplement = { incidentId: holder, verb: 'supplement', key, importing };
  const reopening = { reasonCode: 'repeat-report', text };
  return {
    demand: { ...supplement, body: { ...demand, text } },
    reopening: {
      reopen: { incidentId: holder, verb: 'reopen', body: reopening, key: `${key}/r`, importing },
      demand: { ...supplement, body: demand },
    },
  };
}

function demandOf(body: ReportBody, caller: Kept | undefined): SaidIn<'supplement'> {
  // Name and telephone are the vault's: what is asked of others ends up in events.
  const { wantsReply, anonymous, confidential } = body.reporter ?? {};
  return {
    channel: body.channel,
    externalNumber: body.externalNumber,
    upstreamDueAt: body.upstreamDueAt,
    ...(body.reporter === undefined ? {} : { reporter: { wantsReply, anonymous, confidential } }),
    ...(caller === undefined ? {} : { caller }),
  };
}

/** What of a report is for the vault only; undefined when nothing is. `description` is the masked one. */
export function secretOf(
  { body, original: words }: GivenReport,
  incidentId: string,
  description: string,
): Secret | undefined {
  const { name, phone, anonymous } = body.reporter ?? {};
  const changed = description === body.description ? undefined : body.description;
  const original = together(changed, words) || undefined;
  const known = anonymous === true ? {} : { name, phone };
  if (known.name === undefined && known.phone === undefined && original === undefined) {
    return undefined;
  }
  return { incidentId, ...known, original };
}

function together(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('\n');
}

/** What a report is about, for finding what the same caller has reported before. */
export function matterOf(body: ReportBody, imported: boolean, policy: Policy): Matter {
  const { lon, lat } = place(body.location, policy).location;
  const at = imported ? body.occurredAt : undefined;
  return { category: body.categoryCode, lon, lat, at, ...policy.settings.repeat };
}
