import { Limit } from '@cityloop/calendar';
import { holders } from '@cityloop/contracts';
import { z } from 'zod';

const instant = z.iso.datetime();
const ms = z.int().meta({ description: '毫秒 / milliseconds' });
const lamp = z.enum(['green', 'amber', 'red']).meta({ description: '绿黄红灯' });
const state = z.enum(['running', 'paused', 'stopped']);
const bound = z.object({
  at: instant,
  basis: z.string(),
  binds: z.boolean().meta({ description: '是否以它为准 / whether it is the one that counts' }),
});

const Clock = z.object({
  clock: z.string(),
  name: z.string(),
  limit: z.string().meta({ description: '如 2工作日' }),
  basis: z.string(),
  basisText: z.string(),
  calendar: z.string(),
  calendarName: z.string(),
  revision: z.int().meta({ description: '时限所依政策版本 / revision the limit came from' }),
  startedAt: instant,
  dueAt: instant,
  bound: bound.optional(),
  state,
  lamp,
  remainingMs: ms,
  overdueMs: ms.meta({ description: '自到期起的自然时间 / wall time since it was due' }),
  verdict: z.enum(['on-time', 'late']).optional(),
  stoppedAt: instant.optional(),
  provisional: z.boolean().optional(),
});

const used = { ms, lateMs: ms.meta({ description: '其中超时部分 / of it after the deadline' }) };
const Round = z
  .object({
    from: instant,
    to: instant,
    dueAt: instant,
    wholeMs: ms,
    lateMs: ms,
    parts: z.array(
      z.object({
        holder: z.enum(holders),
        name: z.string(),
        ...used,
        share: z.number().meta({ description: '占全程用时 / of the whole, 0 to 1' }),
        by: z.array(z.object({ id: z.string(), name: z.string(), ...used })),
      }),
    ),
  })
  .meta({ description: '一轮办理的用时归因，各部分之和等于全程 / the parts add up to the whole' });

export const ClocksView = z
  .object({
    id: z.uuid(),
    version: z.int(),
    at: instant,
    clocks: z.array(Clock),
    pauses: z.array(z.looseObject({ id: z.string(), kind: z.string(), from: instant })),
    rounds: z.array(Round).meta({ description: '重办各计一轮 / a reopening begins another round' }),
  })
  .meta({ id: 'ClocksView' });

const DayRun = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  days: z.int(),
  hours: z.array(z.object({ from: z.string(), to: z.string() })),
  ms,
  note: z.string().optional().meta({ description: '周末、节假日名、调休上班' }),
});

const Explained = z.looseObject({
  clock: z.string(),
  epoch: z.int(),
  limit: Limit.extend({ text: z.string(), ms }),
  basis: z.string(),
  revision: z.int(),
  mode: z
    .string()
    .optional()
    .meta({ description: '平战模式启用编号 / a mode that sets the limit' }),
  calendar: z.object({ id: z.string(), name: z.string(), workDayMs: ms }),
  startedAt: instant,
  firstDueAt: instant,
  dueAt: instant,
  ownDueAt: instant,
  bound: bound.optional(),
  counted: z.array(z.object({ from: instant, to: instant, ms, days: z.array(DayRun) })),
  stood: z.array(z.object({ from: instant, to: instant.optional(), ms })),
  pauses: z.array(z.looseObject({ id: z.string(), kind: z.string(), from: instant })),
  extensions: z.array(z.looseObject({ from: instant, to: instant, ms })),
  sum: z.object({
    limitMs: ms,
    extensionMs: ms,
    countedMs: ms,
    adds: z.boolean().meta({ description: '逐段相加是否等于时限 / whether it adds up' }),
  }),
  at: instant,
  state,
  lamp,
  remainingMs: ms,
  overdueMs: ms,
});

const told = {
  name: z.string(),
  basisText: z.string(),
  tellsBy: z.int().meta({ description: '说明所用日历的政策版本 / revision it is explained by' }),
  sentences: z.array(z.string()),
  explanation: Explained,
};

export const ExplanationView = z
  .object({ id: z.uuid(), version: z.int(), ...told })
  .meta({ id: 'ExplanationView' });

export const PreviewView = z
  .object({
    start: instant,
    revision: z.int(),
    clocks: z.array(z.object({ clock: z.string(), dueAt: instant, ...told })),
  })
  .meta({ id: 'PreviewView' });
