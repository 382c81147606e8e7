import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { InvalidInput } from '@cityloop/kernel';
import { csvRows } from './csv-rows.ts';
import { ndjsonRows } from './ndjson-rows.ts';
import type { BrokenRow, SourceRow } from './row.ts';

const HEAD_BYTES = 64 * 1024;

/** How the text of a source is written, where it does not tell itself. */
export type SourceFormat = {
  /** A label of the WHATWG encoding standard, such as `utf-8` or `gb18030`. */
  readonly encoding: string;
  /** Between the fields of a CSV record. */
  readonly delimiter: string;
};

/** A source that is being read. */
export type SourceFile = {
  /** Bytes of the file as it lies there. */
  readonly size: number;
  /** Names the content well enough to know it again: of the size and the first 64 KiB. */
  readonly fingerprint: string;
  /** Bytes of the file read so far. */
  readBytes(): number;
  /** The records, once. Throws `InvalidInput` `IMPORT_FILE_BROKEN` where the file itself ends wrongly. */
  rows(): AsyncGenerator<SourceRow | BrokenRow>;
};

/**
 * Opens a CSV or NDJSON file, gzipped or not: both are told by the content, never by the name. Throws
 * the error of the file system when it cannot be read.
 */
export async function openSource(path: string, format: SourceFormat): Promise<SourceFile> {
  const { head, size } = await readHead(path);
  let readBytes = 0;

  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      // A stream without an encoding gives buffers.
      readBytes += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }

  async function* rows(): AsyncGenerator<SourceRow | BrokenRow> {
    const plain = isGzip(head) ? gunzip(bytes()) : bytes();
    const text = decoded(plain, format.encoding);
    const { first, whole } = await peek(text);
    if (/^[\ufeff\s]*\{/.test(first)) yield* ndjsonRows(whole);
    else yield* csvRows(whole, format.delimiter);
  }

  return {
    size,
    fingerprint: createHash('sha256').update(`${size}\n`).update(head).digest('base64url'),
    readBytes: () => readBytes,
    rows,
  };
}

async function readHead(path: string): Promise<{ head: Buffer; size: number }> {
  await using file = await open(path);
  const { size } = await file.stat();
  const head = Buffer.alloc(Math.min(size, HEAD_BYTES));
  await file.read(head, 0, head.length, 0);
  return { head, size };
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

async function* gunzip(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unzip = createGunzip();
  const { pipeline } = await import('node:stream/promises');
  const fed = pipeline(bytes, unzip).catch(() => undefined);
  try {
    // A stream without an encoding gives buffers.
    for await (const chunk of unzip) yield chunk as Buffer;
  } catch (cause) {
    throw new InvalidInput(
      'IMPORT_FILE_BROKEN',
      'the gzip file is damaged or cut off',
      {},
      { cause },
    );
  }
  await fed;
}

async function* decoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** Looks at the beginning of a text without taking it away. */
async function peek(
  text: AsyncGenerator<string>,
): Promise<{ first: string; whole: AsyncGenerator<string> }> {
  let first = '';
  while (first.trim() === '') {
    const next = await text.next();
    if (next.done === true) break;
    first += next.value;
  }
  async function* whole(): AsyncGenerator<string> {
    yield first;
    yield* text;
  }
  return { first, whole: whole() };
}
