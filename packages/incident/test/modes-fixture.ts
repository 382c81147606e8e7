import { type ModeActivation, PackMode } from '@cityloop/contracts';
import { type Story, testPack } from '@cityloop/testing';
import { compilePolicy, type Policy } from '../src/index.ts';

const mode = (rest: object = {}): PackMode =>
  PackMode.parse({
    id: 'flood',
    name: '防汛（测试）',
    scope: 'areas',
    openClocks: 'replan',
    longest: '3自然日',
    propose: { roles: ['shift-supervisor'] },
    approve: { roles: ['leader'] },
    limits: [{ id: 'all', clocks: ['handle', 'dispatch', 'end-to-end'], factor: 0.5 }],
    ...rest,
  });

export const A = '00000000-0000-4000-8000-00000000000a';
export const B = '00000000-0000-4000-8000-00000000000b';

/** On from 09:30 to 12:00 of the Monday on which the stories are told. */
export const active = (of: object = {}, rest: Partial<ModeActivation> = {}): ModeActivation => ({
  id: A,
  mode: mode(of),
  areas: [],
  reason: '暴雨',
  proposedBy: 'p',
  approvedBy: 'q',
  approvedAt: '2026-03-02T01:30:00.000Z',
  from: '2026-03-02T01:30:00.000Z',
  until: '2026-03-02T04:00:00.000Z',
  revision: 2,
  ...rest,
});

export const policy = (...activations: readonly ModeActivation[]): Policy =>
  compilePolicy(testPack, 2, 1, activations);

export const local = (time: string) => `2026-03-02T${time}:00+08:00`;

export const replans = (told: Story) =>
  told.events.flatMap((e) => (e.type.endsWith('.replanned') ? [e.occurredAt] : []));

export const clockOf = (
  told: Story,
  name: 'handle' | 'dispatch' | 'end-to-end' | 'accept' = 'handle',
) => {
  const clock = told.incident.clocks[name];
  if (clock === undefined) throw new Error(`no clock ${name}`);
  return clock;
};

export const nudged = (told: Story) => told.whenNudged().story;
