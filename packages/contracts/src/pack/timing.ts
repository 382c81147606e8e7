import {
  CalendarDefinition,
  ClockKind,
  DutyRoster,
  HolidayTable,
  PauseKind,
} from '@cityloop/calendar';
import { z } from 'zod';
import { Channel } from '../demand.ts';
import { PackLimit } from './limit-text.ts';
import { CategoryKind, PackId } from './vocabulary.ts';

export const PackCalendars = z
  .strictObject({
    holidayFile: z
      .string()
      .regex(/^[a-z0-9-]+\.yaml$/)
      .meta({
        description: 'Name of the holiday file in the folder `calendars` beside the packs.',
      }),
    holidays: HolidayTable.meta({
      description:
        'Its content, put in by the loader: a revision explains its deadlines by itself.',
    }),
    definitions: z.array(CalendarDefinition).min(1).readonly(),
  })
  .meta({ description: 'When centres and units work.' });
export type PackCalendars = Readonly<z.infer<typeof PackCalendars>>;

export const PackRosters = z.array(DutyRoster).readonly().default([]).meta({
  description: 'Who is on duty at a centre or unit; without a roster of its own: not known.',
});

export const PackClock = z.strictObject({ limit: PackLimit, calendar: PackId });
export type PackClock = Readonly<z.infer<typeof PackClock>>;

export const PackEndToEnd = z.strictObject({
  id: PackId,
  name: z.string().min(1).max(40).exactOptional().meta({
    description:
      'What people read as the source of the limit, such as 热线求助投诉; `id` unless given.',
  }),
  when: z.strictObject({
    channel: Channel.exactOptional(),
    kind: CategoryKind.exactOptional(),
    urgency: z.enum(['normal', 'urgent']).exactOptional(),
    categories: z.array(z.string()).min(1).readonly().exactOptional(),
  }),
  limit: PackLimit,
  calendar: PackId,
});
export type PackEndToEnd = Readonly<z.infer<typeof PackEndToEnd>>;

export const PackPause = z
  .strictObject({
    kind: PauseKind,
    clocks: z
      .array(z.union([ClockKind, z.literal('assist')]))
      .readonly()
      .meta({ description: 'Which clocks stand still; `assist`: those of all assisting units.' }),
    maxDays: z.int().min(1).max(366).exactOptional().meta({
      description: 'The longest one may be applied for; `suspension.maxDays` unless given.',
    }),
  })
  .meta({ description: 'What a pause of a kind holds up.' });
export type PackPause = Readonly<z.infer<typeof PackPause>>;

export const PackClocks = z
  .strictObject({
    accept: PackClock,
    dispatch: PackClock,
    receive: PackClock,
    'first-contact': PackClock,
    handle: PackClock.meta({ description: 'While the standard row is not known yet (先派后补).' }),
    verify: PackClock,
    'call-back': PackClock,
    rework: PackClock,
    ruling: PackClock,
    'fact-check': PackClock.exactOptional().meta({
      description: '核实; as `verify` unless given.',
    }),
    'complete-filing': PackClock.exactOptional().meta({
      description: '补立案 of what was dispatched first (先派后补); 30 minutes unless given.',
    }),
    close: PackClock.exactOptional().meta({
      description: '待结案 where nobody waits for an answer; as `call-back` unless given.',
    }),
    'end-to-end': z
      .array(PackEndToEnd)
      .min(1)
      .readonly()
      .meta({ description: 'First that fits counts; the last fits everything.' }),
    amber: z.number().min(0.01).max(0.99).exactOptional().meta({
      description:
        'Share of its limit (with extensions) after which a clock warns (黄灯); 0.8 unless given. Holds for clocks set from then on.',
    }),
    pauses: z.array(PackPause).readonly().exactOptional().meta({
      description: 'Kinds that are not named hold up what they always did.',
    }),
    'centre-reserve': PackClock.meta({
      description: 'Kept by the centre between the handling deadline and an upstream deadline.',
    }),
  })
  .meta({
    description: 'The limit of each clock and the calendar it runs on, unless a row says other.',
  });
export type PackClocks = Readonly<z.infer<typeof PackClocks>>;
