/** What people put between the groups of a number; on folded text. */
const S = String.raw`[-\s.·‐-―()]{0,3}`;
const MONTH_DAY = '(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])';
const AREA = String.raw`(?:10|2\d|[3-9]\d\d)`;
/** What makes eight digits an amount. */
const UNIT = '(?:亿|万|千|元|块|角|平方|立方|公里|千米|米|吨|公斤|千克|度|人|户|㎡|m)';

type Kind = { readonly pattern: RegExp; readonly head: number; readonly tail: number };

// None is ever part of a longer number, so that an incident's own number (310110-20261121-000042)
// stays. Only the day of birth tells an identity number in groups, or an old one, from other codes.
const kinds: readonly Kind[] = [
  { pattern: /(?<!\d)\d{17}[\dXx](?!\d)/g, head: 2, tail: 3 },
  {
    pattern: new RegExp(
      String.raw`(?<!\d)\d{6}${S}(?:19|20)\d\d${S}${MONTH_DAY}${S}\d{3}${S}[\dXx](?!\d)`,
      'g',
    ),
    ...{ head: 2, tail: 3 },
  },
  { pattern: new RegExp(String.raw`(?<!\d)\d{8}${MONTH_DAY}\d{3}(?!\d)`, 'g'), head: 2, tail: 3 },
  {
    pattern: new RegExp(
      String.raw`(?<!\d)(?:\(?(?:\+|00)?86${S})?1[3-9]\d(?:${S}\d){8}(?!\d)`,
      'g',
    ),
    ...{ head: 3, tail: 4 },
  },
  {
    pattern: new RegExp(
      String.raw`(?<!\d)\(?(?:(?:\+|00)86${S}0?|0)${AREA}${S}[2-9]\d{2,3}${S}\d{4}(?!\d)`,
      'g',
    ),
    ...{ head: 3, tail: 4 },
  },
  // A local number stands alone, and is no date, no code and no amount.
  {
    pattern: new RegExp(
      String.raw`(?<![\dA-Za-z¥$]|\d[-.,])(?!(?:19|20)\d\d${MONTH_DAY})[2-9]\d{7}(?![\dA-Za-z]|[-.,]\d|\s*${UNIT})`,
      'g',
    ),
    ...{ head: 0, tail: 4 },
  },
];

/**
 * Masks telephone and identity numbers in free text, as 138****1234, ****1234 and 35****123, full-width
 * or with dots, dashes, spaces and brackets between their groups; never makes a text longer. Names
 * cannot be found by rule: texts stay restricted.
 */
export function maskNumbers(text: string): string {
  return kinds.reduce(hide, text);
}

function hide(text: string, { pattern, head, tail }: Kind): string {
  let out = '';
  let from = 0;
  for (const { 0: found, index } of folded(text).matchAll(pattern)) {
    const digits = found.replaceAll(/[^\dXx]/g, '');
    const shown = Math.min(tail, found.length - head - 4);
    out += `${text.slice(from, index)}${digits.slice(0, head)}****${digits.slice(-shown)}`;
    from = index + found.length;
  }
  return out + text.slice(from);
}

/** Full-width forms as ASCII, one character for one, so that places stay the same. */
function folded(text: string): string {
  return text
    .replaceAll(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfe_e0))
    .replaceAll('￥', '¥');
}
