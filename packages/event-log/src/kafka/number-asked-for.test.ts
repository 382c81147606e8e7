import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { numberAskedFor } from './number-asked-for.ts';

type FetchRequest = (setting: { readonly maxWaitTime: number; readonly topics: [] }) => {
  encode(): Promise<{ readonly buffer: Buffer }>;
};

const load = createRequire(import.meta.url);
const fetchRequest = load('kafkajs/src/protocol/requests/fetch/v11/request') as FetchRequest;
/** Behind the id of the replica. */
const WAIT_AT = 4;

async function waitSent(maxWaitTime: number): Promise<number> {
  const { buffer } = await fetchRequest({ maxWaitTime, topics: [] }).encode();
  return buffer.readInt32BE(WAIT_AT);
}

it('is sent by kafkajs as what it is at the moment', async () => {
  let waitMs = 300;
  const changing = numberAskedFor(() => waitMs);
  expect(await waitSent(changing)).toBe(300);
  waitMs = 600;
  expect(await waitSent(changing)).toBe(600);
});
