/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = { readonly [member: string]: Json };

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const WIDTH = 100;

/**
 * JSON as a person would lay it out: what fits in a line stands in one, anything else a member a line.
 * Equal values give equal texts, so that what is committed can be compared as text.
 */
export function printJson(value: Json, indent = ''): string {
  const short = JSON.stringify(value);
  if (indent.length + short.length <= WIDTH || typeof value !== 'object' || value === null) {
    return short;
  }
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item: Json) => `${inner}${printJson(item, inner)}`)
    : Object.entries(value).map(
        ([name, member]) => `${inner}${JSON.stringify(name)}: ${printJson(member, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}
