import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stages } from '@cityloop/contracts';
import { outboxSchema } from '@cityloop/event-log';
import { InvalidInput } from '@cityloop/kernel';
import { identifier, type Queryable } from '@cityloop/postgres';
import { z } from 'zod';

const Line = z.tuple([z.uuid(), z.int().positive(), z.number()]);

/** An answer that stands nowhere any more: the incident got to this version, and is not there now. */
export type Missing = {
  readonly incidentId: string;
  /** As it was answered. */
  readonly version: number;
  /** When it was answered, ISO. */
  readonly at: string;
  /** The newest version ledger and outboxes know of it; 0 when they know nothing of the incident. */
  readonly known: number;
};

export type Compared = { readonly receipts: number; readonly missing: readonly Missing[] };

type Answered = { readonly version: number; readonly atMs: number };

/**
 * Holds the gateways' receipts against ledger and outboxes: what was answered and stands nowhere was lost
 * before it was published. By file, so that memory has the incidents of one gateway's day at most.
 *
 * @throws InvalidInput `RECEIPTS_MISSING` when the folder has no receipts, `RECEIPTS_UNREADABLE` with file
 * and line
 */
export async function findMissing(db: Queryable, folder: string): Promise<Compared> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  if (names.length === 0) {
    throw new InvalidInput('RECEIPTS_MISSING', `${folder} holds no receipts of a gateway`, {
      folder,
    });
  }
  const missing = new Map<string, Missing>();
  let receipts = 0;
  for (const name of names) {
    const { answered, lines } = await readReceipts(join(folder, name));
    receipts += lines;
    for (const one of await compare(db, answered)) {
      const other = missing.get(one.incidentId);
      if (other === undefined || other.version < one.version) missing.set(one.incidentId, one);
    }
  }
  return { receipts, missing: [...missing.values()].sort((a, b) => (a.at < b.at ? -1 : 1)) };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((cause: unknown) => {
    throw new InvalidInput(
      'RECEIPTS_MISSING',
      `${folder} cannot be read: name the folder of a gateway with --receipts`,
      { folder },
      { cause },
    );
  });
}

async function readReceipts(
  file: string,
): Promise<{ answered: ReadonlyMap<string, Answered>; lines: number }> {
  const answered = new Map<string, Answered>();
  let lines = 0;
  const input = createReadStream(file, 'utf8');
  // A gateway that was killed may have left half a last line: that answer went out in the same moment.
  let broken: number | undefined;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (broken !== undefined) throw unreadable(file, broken);
    lines += 1;
    const read = parse(line);
    if (read === undefined) broken = lines;
    else {
      const [id, version, atMs] = read;
      const before = answered.get(id);
      if (before === undefined || before.version < version) answered.set(id, { version, atMs });
    }
  }
  return { answered, lines: broken === undefined ? lines : lines - 1 };
}

function parse(line: string): z.infer<typeof Line> | undefined {
  try {
    return Line.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

const unreadable = (file: string, line: number): InvalidInput =>
  new InvalidInput('RECEIPTS_UNREADABLE', `${file}: line ${line} is no receipt`, { file, line });

const BATCH = 5_000;

async function compare(
  db: Queryable,
  answered: ReadonlyMap<string, Answered>,
): Promise<readonly Missing[]> {
  const ids = [...answered.keys()];
  const missing: Missing[] = [];
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    const known = await newestVersions(db, batch);
    for (const incidentId of batch) {
      const one = answered.get(incidentId);
      const version = known.get(incidentId) ?? 0;
      if (one === undefined || one.version <= version) continue;
      const at = new Date(one.atMs).toISOString();
      missing.push({ incidentId, version: one.version, at, known: version });
    }
  }
  return missing;
}

/** Of ledger and outboxes together: what is in an outbox is published still. */
async function newestVersions(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const tables = ['ledger', ...stages.map(outboxSchema)].map(
    (schema) => `select incident_id, max(version) as version
                 from ${identifier(schema)}.incident_event
                 where incident_id = any($1::uuid[]) group by incident_id`,
  );
  const rows = await db.query<{ incident_id: string; version: number }>({
    text: `select incident_id, max(version)::int as version
           from (${tables.join(' union all ')}) known group by incident_id`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.incident_id, row.version]));
}

/** For people: what is missing, or that nothing is. */
export function missingText({ receipts, missing }: Compared): string {
  if (missing.length === 0) {
    return `${receipts} 份回执均有记录 / every one of ${receipts} receipts stands in ledger or outbox`;
  }
  const lines = missing.map(
    ({ incidentId, version, at, known }) =>
      `${incidentId}  已答复版本 answered ${version}  现有 known ${known}  ${at}`,
  );
  return [
    `${missing.length} 件已答复而无记录，请人工核对补录 / answered, and recorded nowhere:`,
    ...lines,
  ].join('\n');
}
