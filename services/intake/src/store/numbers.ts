import { type Database, identifier, statement } from '@cityloop/postgres';

const BLOCK = 500;
const SHANGHAI_MS = 8 * 3_600_000;

/** Hands out human numbers: district code, civil day, counter. Unique among all processes. */
export type Numbers = {
  /** `310110-20261121-000042`. Numbers may be left out after a restart, never given twice. */
  next(nowMs: number): Promise<string>;
  /** Sees to it that none of these is given again: the counters were restored from a backup. */
  given(numbers: readonly string[]): Promise<void>;
};

/** Numbers drawn from the database in blocks; within a block nobody waits for anything. */
export function postgresNumbers(db: Database, schemaName: string, district: string): Numbers {
  const draw = statement(
    `insert into ${identifier(schemaName)}.number_block as b (day, next) values ($1, 1 + ${BLOCK})
     on conflict (day) do update set next = b.next + ${BLOCK} returning next - ${BLOCK} as first`,
  );
  const skip = statement(
    `insert into ${identifier(schemaName)}.number_block as b (day, next)
     select day, max(counter) + 1 from unnest($1::text[], $2::int[]) as g (day, counter) group by day
     on conflict (day) do update set next = greatest(b.next, excluded.next)`,
  );
  let day = '';
  let next = 0;
  let end = 0;
  let drawing: Promise<void> | undefined;

  async function drawBlock(today: string): Promise<void> {
    const rows = await db.query<{ first: number }>({ ...draw, values: [today] });
    day = today;
    next = Number(rows[0]?.first);
    end = next + BLOCK;
  }

  return {
    async next(nowMs) {
      const today = new Date(nowMs + SHANGHAI_MS).toISOString().slice(0, 10).replaceAll('-', '');
      while (day !== today || next >= end) {
        drawing ??= drawBlock(today).finally(() => {
          drawing = undefined;
        });
        await drawing;
      }
      const number = String(next).padStart(6, '0');
      next += 1;
      return `${district}-${today}-${number}`;
    },
    async given(numbers) {
      const parts = numbers.map((number) => number.split('-'));
      await db.execute({
        ...skip,
        values: [parts.map(([, on]) => on), parts.map(([, , counter]) => Number(counter))],
      });
    },
  };
}
