import { ReportBody, type Subject } from '@cityloop/contracts';
import { type Routes, sendJson, subjectOf, traceparentOf } from '@cityloop/http';
import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';
import type { Loop, Taken } from '../loop.ts';
import { IdempotencyKey } from './headers.ts';
import { shed } from './shed.ts';

const Accepted = z.object({
  id: z.uuid(),
  number: z.string(),
  version: z.int(),
  status: z.string(),
  custodian: z.string(),
  dueAt: z.string().optional(),
  repeat: z.enum(['supplemented', 'reopened']).optional(),
  duplicates: z
    .array(z.object({ id: z.uuid(), number: z.string(), metres: z.number() }))
    .optional()
    .meta({ description: '附近已有的同类未结案件，供比对；从不自动并案。' }),
});

/** `POST /incidents`: 统一受理 of one report, answered when it is durable. */
export function reportRoutes(loop: Loop): Routes {
  return async (app) => {
    app.post(
      '/incidents',
      {
        config: { permission: 'report' },
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
        const taken = await loop.report({
          body,
          subject: importing(subjectOf(request), body),
          key: request.headers['idempotency-key'],
          traceparent: traceparentOf(request),
        });
        reply.code(taken.repeat === undefined ? 201 : 200);
        reply.header('location', `/api/v1/incidents/${taken.id}`);
        return sendJson(reply, answerText(loop, taken, body));
      },
    );
  };
}

/** Only an import may say that something was reported earlier than now. */
export function importing(subject: Subject, body: ReportBody): Subject {
  if (body.occurredAt === undefined || subject.roles.includes('admin')) return subject;
  if (Date.parse(body.occurredAt) <= Date.now() + 60_000) return subject;
  throw new InvalidInput(
    'OCCURRED_IN_FUTURE',
    '发生时间不能在将来 / occurredAt lies in the future',
  );
}

/** The answer as JSON, with open incidents close by that may be the same. */
export function answerText(loop: Loop, taken: Taken, body: ReportBody): string {
  const duplicates = taken.repeat === undefined ? loop.picture.duplicates(taken.id, body) : [];
  return JSON.stringify(duplicates.length === 0 ? taken : { ...taken, duplicates });
}
