// Mainland mobile and landline numbers, and 18- or 15-digit identity numbers, spaces and dashes
// between the groups allowed; never part of a longer number.
const IDENTITY = /(?<![\d])(?:\d{17}[\dXx]|\d{15})(?![\d])/g;
const MOBILE = /(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)/g;
const LANDLINE = /(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)/g;

const keep =
  (head: number, tail: number) =>
  (found: string): string => {
    const digits = found.replaceAll(/[^\dXx]/g, '');
    return `${digits.slice(0, head)}****${digits.slice(-tail)}`;
  };

/**
 * Masks telephone and identity numbers in free text, as 138****1234 and 35****123. Names cannot be
 * found by rule: texts stay restricted.
 */
export function maskNumbers(text: string): string {
  return text
    .replaceAll(IDENTITY, keep(2, 3))
    .replaceAll(MOBILE, keep(3, 4))
    .replaceAll(LANDLINE, keep(3, 4));
}
