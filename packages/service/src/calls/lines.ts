import { StringDecoder } from 'node:string_decoder';

/** Cuts what comes in chunks into lines; empty ones are left out. */
export function lineCutter(take: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(line);
  };
}
