import type { PackCategory } from '@cityloop/contracts';
import { stringify } from 'yaml';
import type { CsvCatalogue, CsvRemark } from './catalogue-csv.ts';

/**
 * A catalogue from CSV as the `catalogue.yaml` of a pack. What a person has to look at before it is used
 * stands at its head as comments: rows that were left out, and rows taken in with a doubt.
 */
export function catalogueYaml({ categories, rows, refused, remarks }: CsvCatalogue): string {
  const head = [
    `由 CSV 转换：${categories.length} 个小类，${rows} 条立案标准；evidence 一律为 true，请核对`,
    ...refused.map((remark) => `未收入 left out: ${remarkText(remark)}`),
    ...remarks.map((remark) => `请核对 to check: ${remarkText(remark)}`),
  ];
  return `${head.map((line) => `# ${line}\n`).join('')}${stringify(categories.map(asWritten), { lineWidth: 0 })}`;
}

/** A limit as people write it: what was understood is read again with the pack. */
function asWritten(category: PackCategory): object {
  const standards = category.standards.map((row) => ({ ...row, limit: row.limit.text }));
  return { ...category, standards };
}

function remarkText({ line, code, reason }: CsvRemark): string {
  return `第 ${line} 行 ${code === '' ? '' : `${code} `}${reason}`.replaceAll(/\s+/g, ' ');
}
