import { readFile } from 'node:fs/promises';
import { type LimitUnit, parseLimit } from '@cityloop/calendar';
import { PackCategory } from '@cityloop/contracts';
import { InvalidInput } from '@cityloop/kernel';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** A row that a person should look at before the catalogue is used. */
export type CsvRemark = { readonly line: number; readonly code: string; readonly reason: string };

export type CsvCatalogue = {
  readonly categories: readonly PackCategory[];
  /** Standard rows taken in. */
  readonly rows: number;
  /** Rows that could not be taken in: nothing was guessed for them. */
  readonly refused: readonly CsvRemark[];
  /** Rows taken in with a doubt. */
  readonly remarks: readonly CsvRemark[];
};

const Row = z.object({
  kind: z.enum(['component', 'event']),
  big_code: z.string().regex(/^\d{2}$/),
  big_name: z.string().min(1),
  small_code: z.string().regex(/^\d{2,3}$/),
  small_name: z.string().min(1),
  open_condition: z.string().min(1),
  close_condition: z.string().min(1),
  limit_text: z.string().min(1),
  limit_value: z.string(),
  limit_unit: z.string(),
  handling_unit: z.string(),
  regulator: z.string(),
});
type Row = z.infer<typeof Row>;

const columnUnits: Readonly<Record<string, LimitUnit>> = {
  urgent_hour: 'urgent-hour',
  work_hour: 'work-hour',
  work_day: 'work-day',
  natural_day: 'urgent-day',
};

/**
 * Reads a catalogue from CSV (UTF-8, header line; one standard row a line, the category's columns
 * repeated). The limit is read from its text; the columns that say it again are only compared with it.
 *
 * @throws InvalidInput `PACK_CSV_UNREADABLE` when there is no such file, `PACK_CSV_INVALID` when it is not
 * such a CSV at all
 */
export async function loadCatalogueCsv(file: string): Promise<CsvCatalogue> {
  const categories = new Map<string, Draft>();
  const refused: CsvRemark[] = [];
  const remarks: CsvRemark[] = [];
  let rows = 0;
  for (const { record, info } of readRecords(await bytesOf(file))) {
    const line = info.lines;
    const parsed = Row.safeParse(record);
    if (!parsed.success) {
      refused.push({ line, code: '', reason: sentence(parsed.error) });
      continue;
    }
    const row = parsed.data;
    const code = codeOf(row);
    const doubts = doubtsOf(row, categories.get(code));
    const refusal = addRow(categories, code, row);
    if (refusal !== undefined) refused.push({ line, code, reason: refusal });
    else rows += 1;
    remarks.push(...doubts.map((reason) => ({ line, code, reason })));
  }
  return {
    categories: [...categories.values()].map((draft) => PackCategory.parse(draft)),
    rows,
    refused,
    remarks,
  };
}

type Draft = {
  readonly code: string;
  readonly kind: Row['kind'];
  readonly majorName: string;
  readonly name: string;
  readonly extension?: true;
  readonly standards: unknown[];
};

const Records = z.array(
  z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) }),
);

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new InvalidInput(
      'PACK_CSV_UNREADABLE',
      `读不了这个文件 / cannot read this file: ${file}`,
      {},
      { cause },
    );
  }
}

function readRecords(bytes: Buffer): z.infer<typeof Records> {
  try {
    return Records.parse(parse(bytes, { bom: true, columns: true, info: true, trim: true }));
  } catch (cause) {
    throw new InvalidInput(
      'PACK_CSV_INVALID',
      '不是可读的类别 CSV / not a catalogue CSV',
      {},
      { cause },
    );
  }
}

/** Takes the row in; otherwise the reason why not. */
function addRow(categories: Map<string, Draft>, code: string, row: Row): string | undefined {
  if (parseLimit(row.limit_text) === undefined) return `看不懂的时限“${row.limit_text}”`;
  const draft = categories.get(code) ?? {
    code,
    kind: row.kind,
    majorName: row.big_name,
    name: row.small_name,
    ...(Number(row.small_code) >= 80 ? { extension: true as const } : {}),
    standards: [],
  };
  draft.standards.push({
    id: `${code}.${draft.standards.length + 1}`,
    condition: row.open_condition,
    limit: row.limit_text,
    closing: row.close_condition,
    // The table does not say; a photo too many is the smaller mistake.
    evidence: true,
    ...(row.regulator === '' ? {} : { regulator: row.regulator }),
    ...(row.handling_unit === '' ? {} : { responsible: row.handling_unit }),
  });
  categories.set(code, draft);
  return undefined;
}

function doubtsOf(row: Row, category: Draft | undefined): string[] {
  const limit = parseLimit(row.limit_text);
  const doubts: string[] = [];
  if (category !== undefined && category.name !== row.small_name) {
    doubts.push(`同一代码另有名称“${category.name}”，本行为“${row.small_name}”`);
  }
  if (limit === undefined) return doubts;
  const [value, unit] = [Number(row.limit_value), columnUnits[row.limit_unit]];
  if (row.limit_unit !== '' && (limit.amount !== value || limit.unit !== unit)) {
    doubts.push(
      `时限文字“${row.limit_text}”与列 ${row.limit_value} ${row.limit_unit} 不符，以文字为准`,
    );
  }
  if (!/[时日天钟]$/.test(row.limit_text))
    doubts.push(`时限“${row.limit_text}”后另有要求，请人工核对`);
  return doubts;
}

function codeOf(row: Row): string {
  return `${row.kind === 'component' ? 'C' : 'E'}${row.big_code}-${row.small_code}`;
}

function sentence(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('；');
}
