import { z } from 'zod';
import { Code, cleanText } from '../text.ts';

/** A name shown to people. */
export const PackName = cleanText(80).min(1);

/** A sentence or two shown to people: a condition, a reason, a closing condition. */
export const PackText = cleanText(400).min(1);

/** Id of a centre, unit, person, rule, standard row or reason; unique within its section. */
export const PackId = Code;

/** Area code: district 6 digits, subdistrict 9, committee 12, grid 15; a code begins with its parent's. */
export const AreaCode = z
  .string()
  .regex(/^(?:\d{6}|\d{9}|\d{12}|\d{15})$/, '区划代码应为 6、9、12 或 15 位数字，且须加引号')
  .meta({ description: '区 6 digits, 街镇 9, 居村 12, 网格 15.' });

export const Level = z.enum(['district', 'subdistrict']);
export type Level = z.infer<typeof Level>;

/** 部件, 事件, 热线事项. */
export const CategoryKind = z.enum(['component', 'event', 'hotline']);
export type CategoryKind = z.infer<typeof CategoryKind>;
