import { ClockName, nameOfClock } from '@cityloop/calendar';
import { Code, stages } from '@cityloop/contracts';
import { type Routes, sendJson, subjectOf } from '@cityloop/http';
import { toIso } from '@cityloop/kernel';
import { z } from 'zod';
import { boardFilter, type Counted, countdown, type Listed, lamps } from '../boards.ts';
import type { Loop } from '../loop.ts';

const Whose = {
  centre: Code.optional().meta({ description: '中心（含下级）/ a centre with those below it' }),
  unit: Code.optional().meta({ description: '单位，含其协办 / a unit, its assistances too' }),
  person: Code.optional().meta({ description: '经办人：班组成员或签收人 / in whose hands it is' }),
};

const Countdown = z
  .object({
    at: z.iso.datetime(),
    items: z.array(
      z.object({
        incidentId: z.uuid(),
        version: z.int(),
        stage: z.enum(stages),
        status: z.string(),
        centreId: z.string(),
        unitId: z.string().optional(),
        clock: z.string().meta({ description: '最先到期的时钟 / the clock that is due first' }),
        clockName: z.string(),
        amberAt: z.iso.datetime().meta({ description: '转黄灯 / turns amber' }),
        dueAt: z.iso.datetime().meta({ description: '到期，转红灯 / due: turns red' }),
        lamp: z.enum(['green', 'amber', 'red']),
      }),
    ),
  })
  .meta({ id: 'CountdownView' });

const numbers = {
  green: z.int(),
  amber: z.int(),
  red: z.int(),
  standing: z.int().meta({ description: '时钟均已暂停 / no clock of it runs' }),
};
const Lamps = z
  .object({
    at: z.iso.datetime(),
    total: z.object(numbers),
    counts: z.array(
      z.object({
        stage: z.enum(stages),
        centreId: z.string(),
        unitId: z.string().optional(),
        ...numbers,
      }),
    ),
  })
  .meta({ id: 'LampsView' });

const tags = ['看板 boards'];

/** What is due when and how many are late: the stages' own rows, as of their last commit. */
export function boardRoutes(loop: Loop): Routes {
  return async (app) => {
    app.get(
      '/boards/countdown',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '倒计时：最先到期的在前 / what is due next',
          querystring: z.strictObject({
            ...Whose,
            limit: z.coerce.number().int().min(1).max(500).optional(),
          }),
          response: { 200: Countdown },
        },
      },
      async (request, reply) => {
        const { limit = 100, ...asked } = request.query;
        const filter = boardFilter(loop, subjectOf(request), asked);
        const items = (await countdown(loop, filter, limit)).map((entry) => itemOf(loop, entry));
        return sendJson(reply, JSON.stringify({ at: toIso(Date.now()), items }));
      },
    );
    app.get(
      '/boards/lamps',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '红黄绿灯数，按环节、中心、单位 / counts by lamp, stage, centre and unit',
          querystring: z.strictObject(Whose),
          response: { 200: Lamps },
        },
      },
      async (request, reply) => {
        const counts = await lamps(loop, boardFilter(loop, subjectOf(request), request.query));
        const total = counts.reduce(added, { green: 0, amber: 0, red: 0, standing: 0 });
        return sendJson(reply, JSON.stringify({ at: toIso(Date.now()), total, counts }));
      },
    );
  };
}

type Numbers = Pick<Counted, 'green' | 'amber' | 'red' | 'standing'>;

function added(a: Numbers, b: Numbers): Numbers {
  return {
    green: a.green + b.green,
    amber: a.amber + b.amber,
    red: a.red + b.red,
    standing: a.standing + b.standing,
  };
}

function itemOf(loop: Loop, { amberMs, redMs, ...entry }: Listed): object {
  const name = ClockName.safeParse(entry.clock).data;
  const unitName = (id: string) => loop.policy().unit(id)?.name ?? id;
  return {
    ...entry,
    clockName: name === undefined ? entry.clock : nameOfClock(name, unitName),
    amberAt: toIso(amberMs),
    dueAt: toIso(redMs),
  };
}
