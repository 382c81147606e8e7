import { isUtf8 } from 'node:buffer';
import { InvalidInput } from '@cityloop/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const MAX_DEPTH = 64;

/** The refusal of text that cannot be stored. */
export const textInvalid = (): InvalidInput =>
  new InvalidInput(
    'REQUEST_TEXT_INVALID',
    '文字含有无法保存的字符 / text with NUL characters or broken Unicode cannot be kept',
  );

const nestedTooDeep = (): InvalidInput =>
  new InvalidInput('REQUEST_JSON_INVALID', '嵌套层数过多 / nested too deeply');

/** Whether a URL brings a NUL into a parameter; broken UTF-8 in it fails to decode by itself. */
export const hasNul = (url: string | undefined): boolean => url?.includes('%00') === true;

const isClean = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

function assertClean(value: unknown, depth = 0): void {
  if (typeof value === 'string') {
    if (!isClean(value)) throw textInvalid();
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth === MAX_DEPTH) throw nestedTooDeep();
  for (const [key, inner] of Object.entries(value)) {
    if (!isClean(key)) throw textInvalid();
    assertClean(inner, depth + 1);
  }
}

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Parses JSON bodies and refuses what Postgres text cannot hold (NUL, lone surrogates), bytes that
 * are not UTF-8, and `__proto__` or `constructor.prototype` keys.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  const checked = (request: FastifyRequest, text: string, done: Done): void => {
    void parse(request, text, (error, body) => {
      if (error !== null) {
        done(error);
        return;
      }
      try {
        assertClean(body);
      } catch (found) {
        done(found instanceof Error ? found : new Error(String(found)));
        return;
      }
      done(null, body);
    });
  };
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      if (!isUtf8(body)) {
        done(textInvalid());
        return;
      }
      const text = body.toString('utf8');
      // Only an escape can bring in a NUL or half a surrogate pair: the rest cannot be in valid UTF-8 JSON.
      if (text.includes('\\u')) checked(request, text, done);
      else void parse(request, text, done);
    },
  );
}
