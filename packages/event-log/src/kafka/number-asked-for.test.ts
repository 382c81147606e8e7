import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { numberAskedFor } from './number-asked-for.ts';

type Setting = { readonly maxWaitTime: number; readonly minBytes: number; readonly topics: [] };
type FetchRequest = (setting: Setting) => {
  encode(): Promise<{ readonly buffer: Buffer }>;
};

const load = createRequire(import.meta.url);
const fetchRequest = load('kafkajs/src/protocol/requests/fetch/v11/request') as FetchRequest;
/** Behind the id of the replica, one after the other. */
const WAIT_AT = 4;
const LEAST_AT = 8;

it('is sent by kafkajs as what it is at the moment', async () => {
  let now = { waitMs: 300, least: 1 };
  const setting: Setting = {
    maxWaitTime: numberAskedFor(() => now.waitMs),
    minBytes: numberAskedFor(() => now.least),
    topics: [],
  };
  const sent = async () => {
    const { buffer } = await fetchRequest(setting).encode();
    return { waitMs: buffer.readInt32BE(WAIT_AT), least: buffer.readInt32BE(LEAST_AT) };
  };
  expect(await sent()).toEqual({ waitMs: 300, least: 1 });
  now = { waitMs: 8, least: 131_072 };
  expect(await sent()).toEqual({ waitMs: 8, least: 131_072 });
});
