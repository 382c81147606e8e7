import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The compose file with its anchors merged, its variables as they stand. */
export function composeFile(root) {
  return parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
}

/** Values with their variables filled in as compose does; a required one that is missing throws. */
export function interpolated(values, variables) {
  const fill = (_, name, how, rest) => {
    if (variables[name] !== undefined && variables[name] !== '') return variables[name];
    if (how === ':?') throw new Error(`${name} is missing: ${rest}`);
    return rest;
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      String(value).replaceAll(/\$\{(\w+)(:-|:\?)([^}]*)\}/g, fill),
    ]),
  );
}

/** `NAME=value` lines as an object; the others are remarks. */
export function settingsIn(text) {
  return Object.fromEntries(
    text
      .split('\n')
      .map((line) => /^(\w+)=(.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, name, value]) => [name, value]),
  );
}
