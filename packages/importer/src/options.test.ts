import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('the command line', () => {
  it('takes a file and a mapping and has defaults for the rest', () => {
    expect(readOptions(['f.csv', '--map', 'm.yaml', '--drive', '--rate', '50'])).toMatchObject({
      file: 'f.csv',
      map: 'm.yaml',
      url: 'http://127.0.0.1:8080',
      person: 'importer',
      drive: true,
      goLive: false,
      rate: 50,
      batch: 500,
    });
    expect(readOptions(['f', '--map', 'm', '--go-live'])).toMatchObject({ goLive: true });
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [[], /which file/],
    [['f'], /which mapping/],
    [['f', 'g', '--map', 'm'], /one file/],
    [['f', '--map', 'm', '--batch', '0'], /--batch takes/],
    [['f', '--map', 'm', '--url', 'ftp://x'], /--url takes/],
    [['f', '--map', 'm', '--fast'], /--fast/],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
