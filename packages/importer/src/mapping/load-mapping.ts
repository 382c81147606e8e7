import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InvalidInput } from '@cityloop/kernel';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { compileMapping, type Mapping } from './mapping.ts';

const MOST_ALIASES = 100;
const MOST_SAID = 20;

/** A mapping file that was read. */
export type LoadedMapping = {
  readonly mapping: Mapping;
  /** Changes with every change of the file. */
  readonly fingerprint: string;
};

/**
 * Reads a mapping file. Throws `InvalidInput` `IMPORT_MAP_INVALID` with one line a mistake
 * (`file:line: path: reason`), or the error of the file system when it cannot be read.
 */
export async function loadMapping(path: string): Promise<LoadedMapping> {
  const text = await readFile(path, 'utf8');
  const fingerprint = createHash('sha256').update(text).digest('base64url');
  return { mapping: parseMapping(text, path), fingerprint };
}

/** The mapping in a YAML text; `name` is what the file is called in what is wrong with it. */
export function parseMapping(text: string, name: string): Mapping {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw invalid(
      faults.map(({ pos, message }) => `${name}:${lines.linePos(pos[0]).line}: ${message}`),
    );
  }
  const compiled = compileMapping(contentOf(document, name));
  if (!('length' in compiled)) return compiled;
  throw invalid(
    compiled.map(({ path, reason }) => {
      const offset = offsetOf(document, path);
      const line = offset === undefined ? '' : `:${lines.linePos(offset).line}`;
      const place = pathText(path);
      return `${name}${line}: ${place === '' ? '' : `${place}: `}${reason}`;
    }),
  );
}

/** Aliases that blow a small file up are refused by the library with an error of its own. */
function contentOf(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (cause) {
    throw invalid([`${name}: ${String(cause)}`]);
  }
}

/** Where the member at the path stands, or the nearest thing around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const key = isMap(parent)
      ? parent.items.find(({ key: k }) => String(k) === String(last))?.key
      : undefined;
    const node: unknown = key ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return isNode(document.contents) ? document.contents.range?.[0] : undefined;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function invalid(said: readonly string[]): InvalidInput {
  const more = said.length > MOST_SAID ? [`… and ${said.length - MOST_SAID} more`] : [];
  const list = [...said.slice(0, MOST_SAID), ...more].join('\n  ');
  return new InvalidInput('IMPORT_MAP_INVALID', `the mapping is not usable:\n  ${list}`, {
    issues: said,
  });
}
