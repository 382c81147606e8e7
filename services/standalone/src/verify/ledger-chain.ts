import { type Queryable, statement } from '@cityloop/postgres';
import type { Findings } from './findings.ts';
import { archive } from './tables.ts';

type Block = {
  readonly block: number;
  /** Null when the ledger has rows of a block that is not there. */
  readonly events: number | null;
  readonly first_position: number | null;
  readonly last_position: number | null;
  readonly previous: string | null;
  readonly hash: string | null;
  readonly rows: number;
  readonly least: number | null;
  readonly most: number | null;
  /** What the hash would be by the rows that are there. */
  readonly computed: string | null;
};

const PAGE = 500;

const ends = statement(
  `select greatest((select coalesce(max(block), 0) from ${archive}.ledger_block),
                   (select coalesce(max(block), 0) from ${archive}.ledger)) as last`,
);
const blocks = statement(
  `select coalesce(b.block, r.block) as block, b.events, b.first_position, b.last_position,
          encode(b.previous, 'hex') as previous, encode(b.hash, 'hex') as hash,
          coalesce(r.n, 0) as rows, r.least, r.most,
          encode(sha256(b.previous || coalesce(r.chained, ''::bytea)), 'hex') as computed
   from (select * from ${archive}.ledger_block where block > $1 and block <= $2) b
   full join (
     select block, count(*) as n, min(position) as least, max(position) as most,
            string_agg(hash, ''::bytea order by position) as chained
     from ${archive}.ledger where block > $1 and block <= $2 group by block) r using (block)
   order by 1`,
);

/** I7: recomputes every block's hash from its rows and the block before, from the first to the last. */
export async function checkChain(db: Queryable, findings: Findings): Promise<void> {
  const [end] = await db.query<{ last: number }>(ends);
  const last = end?.last ?? 0;
  let before: Pick<Block, 'block' | 'hash'> = { block: 0, hash: '' };
  for (let from = 0; from < last; from += PAGE) {
    for (const block of await db.query<Block>({ ...blocks, values: [from, from + PAGE] })) {
      checkBlock(block, before, findings);
      if (block.hash !== null) before = block;
    }
  }
}

function checkBlock(block: Block, before: Pick<Block, 'block' | 'hash'>, findings: Findings): void {
  const name = `ledger block ${block.block}`;
  findings.looked('I7', 'blocks');
  findings.looked('I7', 'ledger rows', block.rows);
  if (block.hash === null) {
    findings.found('I7', `${name} is gone, its ${block.rows} rows are there`);
    return;
  }
  if (block.block !== before.block + 1) {
    findings.found('I7', `${name} comes after ${before.block}: one is missing`);
  } else if (block.previous !== before.hash) {
    findings.found('I7', `${name} does not hang on the block before it`);
  }
  const span = `positions ${block.first_position} to ${block.last_position}`;
  if (block.rows !== block.events) {
    findings.found('I7', `${name} (${span}) was of ${block.events} rows, there are ${block.rows}`);
  } else if (block.computed !== block.hash) {
    findings.found('I7', `${name} (${span}): its rows do not give its hash`);
  }
  const inside =
    (block.least ?? 0) >= (block.first_position ?? 0) &&
    (block.most ?? 0) <= (block.last_position ?? 0);
  if (block.rows > 0 && !inside) findings.found('I7', `${name} has rows outside its ${span}`);
}
