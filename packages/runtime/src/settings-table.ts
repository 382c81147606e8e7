import { z } from 'zod';

/** What of JSON Schema a setting uses. */
const Setting = z.looseObject({
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  secret: z.boolean().optional(),
});
const Settings = z.looseObject({
  properties: z.record(z.string(), Setting).default({}),
  required: z.array(z.string()).default([]),
});

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text: string): string => `\`${cell(text)}\``;

function defaultOf(setting: z.infer<typeof Setting>, required: boolean): string {
  if (required) return '**required**';
  if (setting.default === undefined) return '–';
  if (setting.secret === true) return '(secret)';
  return code(
    typeof setting.default === 'string' ? setting.default : JSON.stringify(setting.default),
  );
}

function meaningOf(setting: z.infer<typeof Setting>): string {
  const choices = setting.enum?.map((value) => code(String(value))).join(' ');
  const text = cell(setting.description ?? '');
  return choices === undefined ? text : `${text}${text === '' ? '' : ' '}One of ${choices}.`;
}

/**
 * The settings of a schema as a markdown table: setting, default, meaning, in the schema's order.
 * Mark a setting `.meta({ secret: true })` to keep its default out.
 */
export function settingsTable(schema: z.ZodType): string {
  const { properties, required } = Settings.parse(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  );
  const rows = Object.entries(properties).map(
    ([name, setting]) =>
      `| ${code(name)} | ${defaultOf(setting, required.includes(name))} | ${meaningOf(setting)} |`,
  );
  return ['| setting | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}
