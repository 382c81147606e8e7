import { readFile } from 'node:fs/promises';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';

/** A mistake in a pack, where a person finds it. */
export type PackIssue = {
  readonly file: string;
  /** From 1; absent when the file itself is the matter. */
  readonly line?: number;
  /** Such as `[3].calendar`; empty for the whole file. */
  readonly path: string;
  readonly reason: string;
};

export type YamlFile = {
  readonly content: unknown;
  /** Mistakes in the YAML itself; `content` is undefined when there are any. */
  readonly issues: readonly PackIssue[];
  /** The line of the value at the path, or of the nearest one around it that is there. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
};

/**
 * Reads a YAML 1.2 file and keeps where everything stands. Doubled keys are mistakes, and so is that the file
 * is not there, unless it need not be: then it says nothing.
 */
export async function readYamlFile(
  path: string,
  name: string,
  { optional = false }: { readonly optional?: boolean } = {},
): Promise<YamlFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = missing ? '缺少这个文件' : `读不了：${String(error)}`;
    const issues = missing && optional ? [] : [{ file: name, path: '', reason }];
    return { content: undefined, issues, lineOf: () => undefined };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const issues: PackIssue[] = [...document.errors, ...document.warnings].map((fault) => ({
    file: name,
    line: lineAt(fault.pos[0]),
    path: '',
    reason: `YAML 写法有误：${fault.message}`,
  }));
  const content = issues.length > 0 ? undefined : plainContent(document, name, issues);
  return {
    content,
    issues,
    lineOf(at) {
      for (let length = at.length; length >= 0; length -= 1) {
        const node: unknown =
          length === 0 ? document.contents : document.getIn(at.slice(0, length), true);
        if (isNode(node) && node.range) return lineAt(node.range[0]);
      }
      return undefined;
    },
  };
}

/** Aliases that blow a small file up are refused by the library with an error of its own. */
function plainContent(document: Document, file: string, issues: PackIssue[]): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    issues.push({ file, path: '', reason: `YAML 无法展开：${String(error)}` });
    return undefined;
  }
}

const MOST_ALIASES = 100;

/** `[3].calendar` from its parts. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
