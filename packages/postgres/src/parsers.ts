import pg from 'pg';

const INT8 = 20;
const AS_TEXT: ReadonlySet<number> = new Set([
  1082, // date
  1083, // time
  1114, // timestamp
  1184, // timestamptz
  1186, // interval
  1115, // timestamp[]
  1182, // date[]
  1185, // timestamptz[]
  1187, // interval[]
]);

function parseInt8(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

const asText = (text: string): string => text;

/**
 * How columns become values. Dates stay text: a `Date` of the driver loses microseconds and reads
 * a bare `date` in the machine's own zone.
 */
export const parsers: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (oid === INT8) return parseInt8;
    if (AS_TEXT.has(oid)) return asText;
    // The driver's overloads want the format as a literal, and answer `any`.
    return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
  },
};
