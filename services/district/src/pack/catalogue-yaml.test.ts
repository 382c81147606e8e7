import { PackCategory } from '@cityloop/contracts';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { catalogueYaml } from './catalogue-yaml.ts';

const categories = [
  PackCategory.parse({
    code: 'E01-12',
    kind: 'event',
    majorName: '市容环境',
    name: '道路不洁: "油污" # 成片',
    standards: [
      { id: 'E01-12.1', condition: '有杂物', limit: '2小时', closing: '已清扫', evidence: true },
      { id: 'E01-12.2', condition: '有油污', limit: '2工作日', closing: 'yes', evidence: true },
    ],
  }),
];

it('is read by a pack as the very categories it was made of', () => {
  const text = catalogueYaml({ categories, rows: 2, refused: [], remarks: [] });
  expect(z.array(PackCategory).parse(parse(text))).toEqual(categories);
  expect(text).toContain('limit: 2小时');
});

it('says at its head what was left out and what is in doubt, and stays YAML', () => {
  const refused = [{ line: 7, code: 'E01-13', reason: '看不懂的时限“尽快\n- x”' }];
  const remarks = [{ line: 2, code: '', reason: '请人工核对' }];
  const text = catalogueYaml({ categories, rows: 2, refused, remarks });
  expect(text).toContain('# 未收入 left out: 第 7 行 E01-13 看不懂的时限“尽快 - x”\n');
  expect(text).toContain('# 请核对 to check: 第 2 行 请人工核对\n');
  expect(z.array(PackCategory).parse(parse(text))).toEqual(categories);
});
