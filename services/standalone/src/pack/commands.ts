import { type DistrictPack, DistrictPack as packSchema, packSections } from '@cityloop/contracts';
import {
  catalogueYaml,
  diffPacks,
  formatPackDiff,
  loadCatalogueCsv,
  loadPack,
  publishPack,
} from '@cityloop/district';
import { type EventLog, LOG_SCHEMA, postgresEventLog } from '@cityloop/event-log';
import { InvalidInput } from '@cityloop/kernel';
import type { Database } from '@cityloop/postgres';
import { type PublishedPack, readPublished } from './published.ts';

const DISTRICT_SCHEMA = 'district';

/** What a command has to say, and the exit code it ends with. */
export type Said = { readonly text: string; readonly code: 0 | 1 };

/** Reads a pack and says how much is in it; a mistake is thrown as `InvalidInput` `PACK_INVALID`. */
export async function check(dir: string): Promise<Said> {
  return { text: `区包无误 / the pack is in order\n${contents(await loadPack(dir))}`, code: 0 };
}

/**
 * A catalogue in CSV as the text of a `catalogue.yaml`; code 1 when rows had to be left out, which it names.
 * Throws `InvalidInput` `PACK_CSV_INVALID` when the file is not such a CSV.
 */
export async function convert(file: string): Promise<Said> {
  const catalogue = await loadCatalogueCsv(file);
  return { text: catalogueYaml(catalogue).trimEnd(), code: catalogue.refused.length === 0 ? 0 : 1 };
}

/** What is published on this database; its log may stand elsewhere, as for all that follow. */
export async function show(db: Database, elsewhere?: EventLog): Promise<Said> {
  const { pack, revision, edition, effectiveFrom } = await publishedOn(db, elsewhere);
  const head = `第 ${edition} 版 edition, 修订 revision ${revision}, 自 since ${effectiveFrom}`;
  return { text: `${head}\n${contents(pack)}`, code: 0 };
}

/** The difference between what is published and the pack; code 1 when there is one. */
export async function diff(db: Database, dir: string, elsewhere?: EventLog): Promise<Said> {
  const { changes } = await compare(db, dir, elsewhere);
  return { text: formatPackDiff(changes), code: changes.length === 0 ? 0 : 1 };
}

/**
 * Publishes what the pack changes, as events, after `agree` has seen the difference; code 1 when it did
 * not agree. Running services on this database follow by themselves and plan open deadlines anew.
 *
 * @throws InvalidInput `PACK_OTHER_DISTRICT` when another district's policy is published here
 */
export async function apply(
  db: Database,
  dir: string,
  agree: (difference: string) => Promise<boolean>,
  elsewhere?: EventLog,
): Promise<Said> {
  const { pack, published, changes } = await compare(db, dir, elsewhere);
  const [theirs, ours] = [published.pack.district.code, pack.district.code];
  if (theirs !== ours) {
    throw new InvalidInput(
      'PACK_OTHER_DISTRICT',
      `the policy of district ${theirs} is published here, this pack is of ${ours}: use another database`,
    );
  }
  if (changes.length === 0) return { text: formatPackDiff(changes), code: 0 };
  if (!(await agree(formatPackDiff(changes)))) {
    return { text: '未发布 / nothing was published', code: 1 };
  }
  await using shared = postgresEventLog(db);
  const log = elsewhere ?? shared;
  const done = await publishPack(db, log, DISTRICT_SCHEMA, pack, Date.now());
  return {
    text: `已发布 published: 修订 revision ${done.revision} (${done.changed.join(', ')})`,
    code: 0,
  };
}

async function compare(db: Database, dir: string, elsewhere: EventLog | undefined) {
  // As it will be read back: what JSON does not keep is no difference.
  const pack = packSchema.parse(JSON.parse(JSON.stringify(await loadPack(dir))));
  const published = await publishedOn(db, elsewhere);
  return { pack, published, changes: diffPacks(published.pack, pack) };
}

async function publishedOn(db: Database, elsewhere: EventLog | undefined): Promise<PublishedPack> {
  const [there] = await db.query<{ log: boolean; district: boolean }>({
    text: `select to_regclass('${LOG_SCHEMA}.record') is not null as log,
                  to_regclass('${DISTRICT_SCHEMA}.revision') is not null as district`,
  });
  if (there?.district === true && (there.log || elsewhere !== undefined)) {
    await using shared = postgresEventLog(db);
    const published = await readPublished(elsewhere ?? shared);
    if (published !== undefined) return published;
  }
  throw new InvalidInput(
    'POLICY_NONE',
    'nothing is published on this database yet: the first start of the product does it',
  );
}

function contents(pack: DistrictPack): string {
  const counts = packSections.map((section) => {
    const content = pack[section];
    const n = Array.isArray(content) ? content.length : Object.keys(content).length;
    return `  ${section.padEnd(10)} ${n}`;
  });
  return [`${pack.district.name} (${pack.district.code})`, ...counts].join('\n');
}
