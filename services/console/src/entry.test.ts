import type { Incident, Subject } from '@cityloop/contracts';
import { RuleViolation } from '@cityloop/kernel';
import type { StageDoor } from '@cityloop/service';
import { expect, it } from 'vitest';
import type { Attachments } from './attachments/attachments.ts';
import { createEntry } from './entry.ts';
import type { Loop } from './loop.ts';

const ID = '00000000-0000-7000-8000-000000000001';
const CENTRE = '310110';
const WORDS = '请回电13912345678';
const clerk: Subject = {
  ...{ id: 'clerk', name: '受理员', roles: ['clerk'] },
  ...{ area: CENTRE, centreId: CENTRE },
};
const outsider: Subject = { ...clerk, area: '310115', centreId: '310115' };
// Only what decides who may see it.
const incident = {
  ground: {},
  ...{ ownerCentreId: CENTRE, centreId: CENTRE, level: 'district' },
  ...{ handlingUnits: [], discoveredBy: { id: 'somebody' } },
} as unknown as Incident;

/** An entry whose loop writes down what it was told, and where the incident arrives at the third look. */
function entry(options: { readonly keepFails?: boolean } = {}) {
  const told: unknown[] = [];
  let looks = 0;
  const door = {
    row: async () => ({ custodian: 'intake', version: 1 }),
    whereabouts: async () => ({
      ...{ version: 1, custodian: 'intake' },
      ...(++looks < 3 ? {} : { incident }),
    }),
    command: async ({ command }: { readonly command: { readonly body: unknown } }) => {
      told.push(['given', command.body]);
      return { id: ID, number: 'n', version: 2, status: 'reported', custodian: 'intake' };
    },
  } as unknown as StageDoor;
  const loop = {
    stages: { intake: door, dispatch: door, handling: door, verification: door, archive: door },
    picture: { get: async () => undefined },
    mask: (text: string) => text.replaceAll(/\d{11}/g, '***'),
    keep: async (secret: object) => {
      if (options.keepFails) throw new RuleViolation('STORE_FAILED', '');
      told.push(['kept', secret]);
      return { token: 't' };
    },
    report: async (given: { readonly body: object; readonly original?: string }) => {
      told.push(['reported', given.original, given.body]);
      return { id: ID };
    },
  } as unknown as Loop;
  const { report, command } = createEntry(loop, {
    link: async () => undefined,
  } as unknown as Attachments);
  const note = (subject: Subject, text: string) =>
    command({
      ...{ incidentId: ID, subject, key: 'k', importing: false },
      command: { verb: 'note', body: { text } },
    });
  return { told, report, note };
}

it('keeps the words of a command before it is given, under one key at every try', async () => {
  const { told, note } = entry();
  await note(clerk, WORDS);
  expect(told).toEqual([
    ['kept', { incidentId: ID, original: WORDS, key: 'note/clerk/k' }],
    ['given', { text: '请回电***' }],
  ]);
});

it('gives no command whose words could not be kept', async () => {
  const { told, note } = entry({ keepFails: true });
  await expect(note(clerk, WORDS)).rejects.toThrow();
  expect(told).toEqual([]);
});

it('keeps no words for an incident the sender may not see', async () => {
  const { told, note } = entry();
  await expect(note(outsider, WORDS)).rejects.toMatchObject({ code: 'INCIDENT_NOT_FOUND' });
  expect(told).toEqual([]);
});

it('hands over what was masked in a report, and leaves the description to intake', async () => {
  const { told, report } = entry();
  const location = { address: `甲路1号 13812345678` };
  await report({
    body: { channel: 'walk-in', description: WORDS, text: WORDS, location },
    ...{ subject: clerk, importing: false },
  });
  expect(told).toMatchObject([
    [
      'reported',
      `${WORDS}\n甲路1号 13812345678`,
      { description: WORDS, text: '请回电***', location: { address: '甲路1号 ***' } },
    ],
  ]);
});
