import { IncidentId } from '@cityloop/contracts';
import { type Routes, sendJson, subjectOf } from '@cityloop/http';
import { fromIso, InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';
import { clocksOf, explanationOf } from '../clocks.ts';
import { readIncident } from '../custody.ts';
import { type Past, pastOf } from '../history.ts';
import type { Loop } from '../loop.ts';
import { PreviewBody, preview } from '../preview.ts';
import { ClocksView, ExplanationView, PreviewView } from './clock-view.ts';

const asOf = z.iso.datetime({ offset: true }).optional().meta({
  description: '截至时刻，缺省为现在 / as of this instant; now unless given',
});
const tags = ['时限 clocks'];
/** Left for clocks that differ, ms. */
const AHEAD_MS = 60_000;

/** Deadlines: how they stand, why they are what they are, and what they would be. */
export function clockRoutes(loop: Loop): Routes {
  return async (app) => {
    app.get(
      '/incidents/:id/clocks',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '案件时限与用时归因 / the clocks of an incident, and who had it when',
          params: z.object({ id: IncidentId }),
          querystring: z.strictObject({ asOf }),
          response: { 200: ClocksView },
        },
      },
      async (request, reply) =>
        sendJson(reply, JSON.stringify(clocksOf(loop, await askedPast(loop, request)))),
    );
    app.get(
      '/incidents/:id/clocks/:clock/explain',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '时限说明 / why a deadline is what it is, as data and in sentences',
          params: z.object({ id: IncidentId, clock: z.string().max(80) }),
          querystring: z.strictObject({ asOf }),
          response: { 200: ExplanationView },
        },
      },
      async (request, reply) => {
        const past = await askedPast(loop, request);
        return sendJson(reply, JSON.stringify(explanationOf(loop, past, request.params.clock)));
      },
    );
    app.post(
      '/clocks/preview',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '时限试算 / what the deadlines of such an incident would be',
          body: PreviewBody,
          response: { 200: PreviewView },
        },
      },
      async (request, reply) =>
        sendJson(reply, JSON.stringify(preview(loop, request.body, Date.now()))),
    );
  };
}

/** The incident as it stood when the caller asks about, if they may see it. */
async function askedPast(
  loop: Loop,
  request: Parameters<typeof subjectOf>[0] & {
    readonly params: { readonly id: string };
    readonly query: { readonly asOf?: string | undefined };
  },
): Promise<Past> {
  const nowMs = Date.now();
  const present = await readIncident(loop, subjectOf(request), request.params.id, 0);
  const { asOf: wanted } = request.query;
  if (wanted === undefined) {
    // The services' clock may be a moment ahead of ours: nothing that stands is yet to come.
    return pastOf(loop, present, Math.max(nowMs, fromIso(present.recordedAt)));
  }
  if (fromIso(wanted) <= nowMs + AHEAD_MS) return pastOf(loop, present, fromIso(wanted));
  throw new InvalidInput('AS_OF_IN_FUTURE', '截至时刻不能在将来 / asOf lies in the future');
}
