import { IncidentId } from '@cityloop/contracts';
import { type Routes, sendJson, subjectOf } from '@cityloop/http';
import { z } from 'zod';
import { readIncident } from '../custody.ts';
import { historyUpTo } from '../history.ts';
import { incidentView } from '../incident-view.ts';
import type { Loop } from '../loop.ts';
import { HistoryView, IncidentView } from './picture-view.ts';

const minVersion = z.coerce.number().int().min(0).optional().meta({
  description: '等到至少这个版本（最多 2 秒）/ waits for at least this version, 2 s at most',
});
const tags = ['案件 incidents'];

/** One incident: as its holder has it now, and all that ever happened to it. */
export function viewRoutes(loop: Loop): Routes {
  return async (app) => {
    app.get(
      '/incidents/:id',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '查看案件 / one incident, with the commands you may give now',
          params: z.object({ id: IncidentId }),
          querystring: z.strictObject({ minVersion }),
          response: { 200: IncidentView },
        },
      },
      async (request, reply) => {
        const subject = subjectOf(request);
        const { minVersion: wanted = 0 } = request.query;
        const incident = await readIncident(loop, subject, request.params.id, wanted);
        reply.header('etag', `"${incident.version}"`);
        return sendJson(reply, JSON.stringify(incidentView(incident, subject)));
      },
    );
    app.get(
      '/incidents/:id/history',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '办理经过 / every event, from the ledger',
          params: z.object({ id: IncidentId }),
          querystring: z.strictObject({
            minVersion,
            fromVersion: z.coerce.number().int().min(1).optional(),
            limit: z.coerce.number().int().min(1).max(1_000).optional(),
          }),
          response: { 200: HistoryView },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { minVersion: wanted, fromVersion, limit } = request.query;
        const incident = await readIncident(loop, subjectOf(request), id, 0);
        const events = await historyUpTo(loop, id, wanted ?? incident.version, {
          from: fromVersion ?? 1,
          limit: limit ?? 1_000,
        });
        return sendJson(reply, `{"id":"${id}","events":[${events.join(',')}]}`);
      },
    );
  };
}
