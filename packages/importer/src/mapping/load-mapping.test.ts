import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadMapping, parseMapping } from './load-mapping.ts';

const LA = fileURLToPath(new URL('../../../../infra/imports/la-311.yaml', import.meta.url));

function faults(yaml: string): string {
  try {
    parseMapping(yaml, 'm.yaml');
  } catch (error) {
    return String(error);
  }
  return '';
}

describe('reading a mapping', () => {
  it('takes the mapping that is shipped', async () => {
    const { mapping, fingerprint } = await loadMapping(LA);
    expect(mapping.drive.length).toBeGreaterThan(8);
    expect(fingerprint).not.toBe('');
  });

  it('names file and line of every mistake', () => {
    const said = faults(
      [
        'key: {column: Id}',
        'zone: Mars/Olympus',
        'report:',
        '  chanel: x',
        '  description: {column: A, tabel: t}',
        '  occurredAt: {column: A, date: true}',
        '  externalNumber: {value: nowhere}',
        'drive:',
        '  - {command: file, as: c, at: {column: A, plus: 7 weeks}}',
        '  - {command: close, as: c, at: x, body: {force: true}}',
      ].join('\n'),
    );
    expect(said).toMatch(/m\.yaml:4: report\.chanel: there is no member “chanel”/);
    expect(said).toMatch(/m\.yaml:5: report\.description.*tabel/);
    expect(said).toMatch(/m\.yaml:6: report\.occurredAt\.date: .*Mars/);
    expect(said).toMatch(/m\.yaml:7: report\.externalNumber\.value: there is no value “nowhere”/);
    expect(said).toMatch(/m\.yaml:9: drive\[0\]\.at\.plus: .*no duration/);
    expect(said).toMatch(/m\.yaml:10: drive\[1\]\.body\.force: there is no member “force”/);
  });

  it.each([
    ['report: {}', /key: say what names a record/],
    ['key: {column: a}\nreport: {}\nmore: 1', /m\.yaml:3:.*more/],
    [
      'key: {column: a}\nreport: {}\ndrive: [{command: fly, as: a, at: b}]',
      /m\.yaml:3: drive\[0\]\.command/,
    ],
    ['key: {column: a}\nreport: {}\nwhere: [{column: a}]', /m\.yaml:3: where\[0\]: one test of/],
    ['key: {column: a}\nreport: {}\nencoding: klingon', /m\.yaml:3: encoding: .*klingon/],
    ['key: {column: a}\nkey: {column: b}\nreport: {}', /m\.yaml:2:.*unique/],
    ['key: [', /m\.yaml:1:/],
    ['', /not usable/],
  ])('refuses %j', (yaml, message) => {
    expect(faults(yaml)).toMatch(message);
  });
});
