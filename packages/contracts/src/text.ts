import { z } from 'zod';

// NUL cannot be stored by Postgres; other C0 controls but tab and line breaks have no business in prose.
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming the refused characters is the point
const REFUSED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** Text a person wrote: well-formed Unicode without control characters, at most `max` characters. */
export function cleanText(max: number) {
  return z
    .string()
    .max(max)
    .refine((text) => !REFUSED.test(text) && text.isWellFormed(), {
      message: '含有无法保存的字符 / contains control characters or broken Unicode',
    });
}

/** An identifier from the pack or another system: printable, without spaces, at most 64 characters. */
export const Code = z.string().regex(/^[\p{L}\p{N}._:/-]{1,64}$/u);

export const IncidentId = z.uuid();
export const Instant = z.iso.datetime({ offset: true });
