import { PolicyRevision } from '@cityloop/contracts';
import type { Queryable } from '@cityloop/postgres';

/** A pack as an edition left it, section by section as they were published. */
export type PublishedSections = {
  readonly revision: number;
  /** From when on it is in force, ms. */
  readonly fromMs: number;
  readonly sections: Readonly<Record<string, unknown>>;
};

/** Every edition the district has published on this database, oldest first; none where it never did. */
export async function publishedEditions(db: Queryable): Promise<PublishedSections[]> {
  const [found] = await db.query<{ there: boolean }>({
    text: `select to_regclass('district.revision') is not null as there`,
  });
  if (found?.there !== true) return [];
  const rows = await db.query<{ body: string }>({
    text: 'select body from district.revision order by revision',
  });
  const sections: Record<string, unknown> = {};
  const editions: PublishedSections[] = [];
  for (const { body } of rows) {
    const { section, content, revision, last, effectiveFrom } = PolicyRevision.parse(
      JSON.parse(body),
    );
    sections[section] = content;
    if (!last) continue;
    editions.push({ revision, fromMs: Date.parse(effectiveFrom), sections: { ...sections } });
  }
  return editions;
}
