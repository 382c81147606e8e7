import {
  commandBodies,
  type IncidentCommand,
  IncidentId,
  ownerOf,
  verbs,
} from '@cityloop/contracts';
import { type Routes, sendJson, subjectOf, traceparentOf } from '@cityloop/http';
import { authorize, roleFor } from '@cityloop/incident';
import { z } from 'zod';
import { readIncident } from '../custody.ts';
import { disclose, Revealed } from '../disclose.ts';
import type { Entry } from '../entry.ts';
import type { Loop } from '../loop.ts';
import { commandTags, commandWords } from './command-words.ts';
import { IdempotencyKey, versionIn } from './headers.ts';
import { assertPast } from './report-routes.ts';
import { shed } from './shed.ts';

const Answered = z.object({
  id: z.uuid(),
  number: z.string(),
  version: z.int(),
  status: z.string(),
  custodian: z.string(),
  dueAt: z.string().optional(),
});

const headers = z.looseObject({
  'idempotency-key': IdempotencyKey.optional(),
  'if-match': z.string().max(40).optional(),
});

/** `POST /incidents/{id}/{command}`: one route a command, each to the service it belongs to. */
export function commandRoutes(loop: Loop, entry: Entry): Routes {
  return async (app) => {
    for (const verb of verbs) {
      if (verb === 'reveal') continue;
      const owner = ownerOf(verb);
      app.post(
        `/incidents/:id/${verb}`,
        {
          config: { permission: verb },
          schema: {
            tags: [commandTags[owner ?? 'any']],
            summary: commandWords[verb],
            params: z.object({ id: IncidentId }),
            headers,
            body: commandBodies[verb],
            response: { 200: Answered },
          },
        },
        async (request, reply) => {
          if (owner !== undefined) shed(loop.stages[owner]);
          assertPast(request.body);
          const answer = await entry.command({
            incidentId: request.params.id,
            // The body was parsed by the schema of this very verb.
            command: { verb, body: request.body } as IncidentCommand,
            subject: subjectOf(request),
            importing: false,
            key: request.headers['idempotency-key'],
            ifMatch: versionIn(request.headers['if-match']),
            traceparent: traceparentOf(request),
          });
          reply.header('etag', `"${answer.version}"`);
          return sendJson(reply, JSON.stringify(answer));
        },
      );
    }
  };
}

/** `reveal`: the caller's name and telephone, for a stated purpose, each look written down. */
export function revealRoute(loop: Loop): Routes {
  return async (app) => {
    app.post(
      '/incidents/:id/reveal',
      {
        config: { permission: 'reveal' },
        schema: {
          tags: ['案件 incidents'],
          summary: '查看诉求人信息（留痕）/ see the caller, with a record of it',
          params: z.object({ id: IncidentId }),
          body: commandBodies.reveal,
          response: { 200: Revealed },
        },
      },
      async (request, reply) => {
        const subject = subjectOf(request);
        const incident = await readIncident(loop, subject, request.params.id, 0);
        authorize(subject, 'reveal', incident);
        const kept = await loop.reveal({
          incidentId: incident.id,
          tokens: incident.demands.flatMap(({ caller }) => (caller === undefined ? [] : [caller])),
          subjectId: subject.id,
          role: roleFor(subject, 'reveal'),
          purpose: request.body.purpose,
        });
        reply.header('cache-control', 'no-store');
        return disclose(kept, subject, incident);
      },
    );
  };
}
