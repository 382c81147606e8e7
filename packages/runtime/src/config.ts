import { InvalidInput } from '@cityloop/kernel';
import type { z } from 'zod';

/** The environment as a process gets it; only `main.ts` reads the real one. */
export type Environment = Readonly<Record<string, string | undefined>>;

function withoutEmpty(env: Environment): Record<string, string> {
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    // Compose files pass `X=` for a setting nobody gave.
    if (value !== undefined && value !== '') present[name] = value;
  }
  return present;
}

function sentence(issue: z.core.$ZodIssue, given: Readonly<Record<string, string>>): string {
  const name = issue.path.map(String).join('.') || 'settings';
  if (given[name] === undefined && issue.path.length === 1) return `${name} is missing`;
  // zod's own messages name the expectation, never the value: it may be a secret.
  const reason = issue.message.replace(/^Invalid (input|option|string): /, '');
  return `${name} is not valid: ${reason}`;
}

/**
 * The settings of a process, parsed once at its start. Throws `InvalidInput` `CONFIG_INVALID` whose
 * message lists every mistake, one a line, and no value. An empty variable counts as not given.
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: Environment,
): z.output<Schema> {
  const given = withoutEmpty(env);
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => sentence(issue, given));
  throw new InvalidInput(
    'CONFIG_INVALID',
    `the settings are not usable:\n${mistakes.map((line) => `  - ${line}`).join('\n')}`,
    { issues: mistakes },
  );
}
