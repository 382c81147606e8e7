import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { subjectFromClaims } from './claims.ts';

const readme = readFileSync(
  new URL('../../../services/standalone/README.md', import.meta.url),
  'utf8',
);
const example = JSON.parse(/```json\n([\s\S]+?)```/.exec(readme)?.[1] ?? '');

it('reads the payload that the README shows to an issuer', () => {
  expect(subjectFromClaims(example)).toEqual({
    id: 'he-clerk',
    name: '何倩',
    roles: ['clerk'],
    area: '310110019',
    centreId: '310110019',
    post: '受理员',
    shift: '甲班',
  });
});

it.each([
  ['has no such claim', { cityloop: undefined }],
  ['says no area', { cityloop: { roles: ['clerk'] } }],
  ['claims to be the system', { cityloop: { ...example.cityloop, roles: ['system'] } }],
])('names the claim to a token that %s', (_what, changed) => {
  expect(() => subjectFromClaims({ ...example, ...changed })).toThrow(/claim `cityloop`/);
});
