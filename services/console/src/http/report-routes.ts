import { ReportBody, type Subject } from '@cityloop/contracts';
import { perPerson, type Routes, sendJson, subjectOf, traceparentOf } from '@cityloop/http';
import { lacksGround, mayRead } from '@cityloop/incident';
import { InvalidInput } from '@cityloop/kernel';
import type { Taken } from '@cityloop/service';
import { z } from 'zod';
import type { Entry } from '../entry.ts';
import type { Loop } from '../loop.ts';
import { IdempotencyKey } from './headers.ts';
import { shed } from './shed.ts';

const Accepted = z.object({
  id: z.uuid(),
  number: z.string(),
  version: z.int(),
  status: z.string(),
  custodian: z.string(),
  dueAt: z.string().optional(),
  needs: z
    .array(z.enum(['ground']))
    .optional()
    .meta({ description: '立案前还须补充：ground 所属街镇（更正位置：坐标或网格编码）。' }),
  repeat: z.enum(['supplemented', 'reopened']).optional(),
  duplicates: z
    .array(z.object({ id: z.uuid(), number: z.string(), metres: z.number() }))
    .optional()
    .meta({ description: '附近已有的同类未结案件，供比对；从不自动并案。' }),
});

/** Reports a minute by one citizen; whoever reports for a living is not counted. */
const CITIZEN_REPORTS = 20;
const isCitizen = ({ roles }: Subject): boolean => roles.every((role) => role === 'citizen');

/** `POST /incidents`: 统一受理 of one report, answered when it is durable. */
export function reportRoutes(loop: Loop, entry: Entry): Routes {
  return async (app) => {
    app.post(
      '/incidents',
      {
        config: { permission: 'report', rateLimit: perPerson(CITIZEN_REPORTS, isCitizen) },
        schema: {
          tags: ['案件 incidents'],
          summary: '上报案件 / report an incident',
          headers: z.looseObject({ 'idempotency-key': IdempotencyKey.optional() }),
          body: ReportBody,
          response: { 200: Accepted, 201: Accepted },
        },
      },
      async (request, reply) => {
        shed(loop.stages.intake);
        const { body } = request;
        assertPast(body);
        const subject = subjectOf(request);
        const taken = await entry.report({
          body,
          subject,
          importing: false,
          key: request.headers['idempotency-key'],
          traceparent: traceparentOf(request),
        });
        reply.code(taken.repeat === undefined ? 201 : 200);
        reply.header('location', `/api/v1/incidents/${taken.id}`);
        return sendJson(reply, await answerText(loop, subject, taken, body));
      },
    );
  };
}

/** Refuses what is said to have happened in time to come; a minute is left for clocks that differ. */
export function assertPast(body: { readonly occurredAt?: string | undefined }): void {
  const { occurredAt } = body;
  if (occurredAt === undefined || Date.parse(occurredAt) <= Date.now() + 60_000) return;
  throw new InvalidInput(
    'OCCURRED_IN_FUTURE',
    '发生时间不能在将来 / occurredAt lies in the future',
  );
}

/** The answer as JSON, with what has to be known before it is filed, and open incidents close by that may
 * be the same and the caller may see. */
export async function answerText(
  loop: Loop,
  subject: Subject,
  taken: Taken,
  body: ReportBody,
): Promise<string> {
  // What is stored is stored: hints that are not to be had are left out.
  const duplicates = await duplicatesOf(loop, subject, taken, body).catch(() => []);
  return JSON.stringify({
    ...taken,
    ...(taken.status === 'reported' && lacksGround(body.location) ? { needs: ['ground'] } : {}),
    ...(duplicates.length === 0 ? {} : { duplicates }),
  });
}

async function duplicatesOf(loop: Loop, subject: Subject, taken: Taken, body: ReportBody) {
  if (taken.repeat !== undefined) return [];
  const near = await loop.picture.duplicates(taken.id, body);
  return near.length === 0 ? near : visibleOf(loop, subject, near);
}

async function visibleOf<T extends { readonly id: string }>(
  loop: Loop,
  subject: Subject,
  items: readonly T[],
): Promise<readonly T[]> {
  // The hints are the live picture's, and so is what it shows to whom: as in every list.
  const rows = await Promise.all(items.map(({ id }) => loop.picture.get(id)));
  return items.filter((_, n) => {
    const row = rows[n];
    return row !== undefined && mayRead(subject, row.scope);
  });
}
