import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: '文本',
  number: '数字',
  int: '整数',
  boolean: 'true 或 false',
  array: '列表',
  object: '对象',
  date: '日期',
  record: '对象',
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: '带时区的 ISO 8601 时间，如 2026-01-31T08:30:00+08:00',
  date: '日期，如 2026-01-31',
  uuid: 'UUID',
  email: '电子邮箱',
  url: '网址',
  regex: '规定的格式',
};

function sizeSentence(
  what: string,
  bound: { readonly limit: string; readonly word: string; readonly english: string },
): string {
  switch (what) {
    case 'string':
      return `长度${bound.word} ${bound.limit} 个字 / ${bound.english} ${bound.limit} characters`;
    case 'array':
    case 'set':
    case 'map':
      return `数量${bound.word} ${bound.limit} 项 / ${bound.english} ${bound.limit} items`;
    default:
      return `数值${bound.word} ${bound.limit} / ${bound.english} ${bound.limit}`;
  }
}

/**
 * One short sentence, Chinese and English, on how to mend a piece of input. Says what is expected,
 * never what was sent: that may be somebody's phone number.
 */
export function issueSentence(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined) return '必填 / required';
  switch (issue.code) {
    case 'invalid_type':
      return `应为${TYPES[issue.expected] ?? issue.expected} / expected ${issue.expected}`;
    case 'too_big':
      return sizeSentence(issue.origin, {
        limit: String(issue.maximum),
        word: '不超过',
        english: 'at most',
      });
    case 'too_small':
      return sizeSentence(issue.origin, {
        limit: String(issue.minimum),
        word: '不少于',
        english: 'at least',
      });
    case 'invalid_format':
      return `应为${FORMATS[issue.format] ?? issue.format} / expected ${issue.format}`;
    case 'invalid_value':
      return `只能是以下之一 / one of: ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `多余的字段，请去掉 / remove unknown fields: ${issue.keys.slice(0, 10).join(', ')}`;
    case 'not_multiple_of':
      return `应为 ${issue.divisor} 的倍数 / a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return '不符合任何一种允许的形式 / fits none of the allowed forms';
    default:
      return '不符合要求 / not acceptable';
  }
}
