import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answerTo, deadlineCases } from '../test/deadline-cases.ts';

const entry = new URL('../test/deadline-cases.ts', import.meta.url).href;

// The local hour proves that the zone took effect.
const program = `
  import { answerTo, deadlineCases } from '${entry}';
  console.log(JSON.stringify({ hour: new Date(0).getHours(), answers: deadlineCases.map(answerTo) }));
`;
const Run = z.object({
  hour: z.int(),
  answers: z.array(z.object({ due: z.string(), provisional: z.boolean() })),
});

const expected = deadlineCases.map(({ due, provisional }) => ({ due, provisional }));

describe('the table of deadlines worked out by hand', () => {
  it('has at least 200 cases, no two alike', () => {
    expect(deadlineCases.length).toBeGreaterThanOrEqual(200);
    const asked = deadlineCases.map(({ calendar, start, limit }) =>
      [calendar, start, limit].join(),
    );
    expect(new Set(asked).size).toBe(deadlineCases.length);
    expect(deadlineCases.filter(({ reason }) => reason === '')).toEqual([]);
  });

  it.each(deadlineCases)('$calendar $start + $limit = $due: $reason', (row) => {
    expect(answerTo(row)).toEqual({ due: row.due, provisional: row.provisional });
  });

  it.each([
    ['UTC', 0],
    ['Asia/Shanghai', 8],
    ['America/New_York', 19],
    ['Pacific/Kiritimati', 13],
  ])(
    'holds in a process of %s',
    (zone, hour) => {
      const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
        env: { TZ: zone },
        encoding: 'utf8',
      });
      const run = Run.parse(JSON.parse(stdout));
      expect([run.hour, run.answers]).toEqual([hour, expected]);
    },
    20_000,
  );
});
