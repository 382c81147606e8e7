import { type Queryable, statement } from '@cityloop/postgres';
import type { Findings } from './findings.ts';
import { archive } from './tables.ts';

type Block = {
  readonly block: number;
  readonly first_position: number;
  readonly last_position: number;
  readonly previous: string;
  readonly hash: string;
  /** How many events it has a hash of. */
  readonly sealed: number;
  /** What its hash would be by what it says. */
  readonly computed: string;
  /** Whether the log still has, word for word, what was sealed. */
  readonly kept: boolean;
};

/** An event that is not as it was sealed; without an id when it is gone. */
type Differing = {
  readonly position: number;
  readonly incident_id: string | null;
  readonly version: number | null;
};

const PAGE = 200;
const NAMED = 20;

const hashed = `sha256(convert_to(e.body, 'UTF8'))`;
const blocks = statement(
  `select block, first_position, last_position, encode(previous, 'hex') as previous,
          encode(hash, 'hex') as hash, length(hashes) / 32 as sealed,
          encode(sha256(previous || hashes), 'hex') as computed,
          coalesce((select string_agg(${hashed}, ''::bytea order by e.position)
                    from incident_event e
                    where e.position between b.first_position and b.last_position), '') = hashes as kept
   from ${archive}.ledger_block b where block > $1 order by block limit ${PAGE}`,
);
const differing = statement(
  `select p as position, e.incident_id, e.version
   from ${archive}.ledger_block b
   cross join generate_series(b.first_position, b.last_position) p
   left join incident_event e on e.position = p
   where b.block = $1
     and (e.position is null or ${hashed} <> substr(b.hashes, ((p - b.first_position) * 32 + 1)::int, 32))
   order by p limit ${NAMED}`,
);

/**
 * I7: recomputes every block's hash from what it says and the block before, from the first to the last; I2: holds
 * what it has sealed to what the log says now.
 */
export async function checkChain(db: Queryable, findings: Findings): Promise<void> {
  let before: Pick<Block, 'block' | 'hash' | 'last_position'> = {
    block: 0,
    hash: '',
    last_position: 0,
  };
  for (;;) {
    const page = await db.query<Block>({ ...blocks, values: [before.block] });
    for (const block of page) {
      checkBlock(block, before, findings);
      if (!block.kept) await nameDiffering(db, block, findings);
      before = block;
    }
    if (page.length < PAGE) return;
  }
}

function checkBlock(
  block: Block,
  before: Pick<Block, 'block' | 'hash' | 'last_position'>,
  findings: Findings,
): void {
  const { first_position: first, last_position: last } = block;
  const name = `ledger block ${block.block} (positions ${first} to ${last})`;
  findings.looked('I7', 'blocks');
  findings.looked('I7', 'sealed events', block.sealed);
  findings.looked('I2', 'sealed events', block.sealed);
  if (block.computed !== block.hash)
    findings.found('I7', `${name} was changed: its hash is another`);
  if (block.sealed !== last - first + 1) {
    findings.found('I7', `${name} has the hashes of ${block.sealed} events`);
  }
  if (block.block !== before.block + 1) {
    findings.found('I7', `${name} comes after block ${before.block}: one is missing`);
  } else if (block.previous !== before.hash) {
    findings.found('I7', `${name} does not hang on the block before it`);
  } else if (first !== before.last_position + 1) {
    findings.found('I7', `${name} does not follow on position ${before.last_position}`);
  }
}

/** Where block and log differ, the block's own hash tells which of the two was changed. */
async function nameDiffering(db: Queryable, block: Block, findings: Findings): Promise<void> {
  if (block.computed !== block.hash) return;
  for (const { position, incident_id, version } of await db.query<Differing>({
    ...differing,
    values: [block.block],
  })) {
    if (incident_id === null || version === null) {
      findings.found('I2', `the event sealed at position ${position} is gone from the log`);
    } else {
      findings.found('I2', `the log no longer says what was sealed at position ${position}`, {
        incidentId: incident_id,
        version,
      });
    }
  }
}
