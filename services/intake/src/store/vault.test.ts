import type { Database } from '@cityloop/postgres';
import { expect, it } from 'vitest';
import { postgresVault } from './vault.ts';

// Only what the vault asks of a database.
const db = {
  query: async () => [{ value: '00ff' }],
} as unknown as Database;

it('gives one token to what is kept again under its key, and another to anything else', async () => {
  const vault = await postgresVault(db, 'intake');
  const secret = { incidentId: 'i', phone: '13912345678', key: 'k' };
  const { token, pseudonym } = await vault.keep(secret);
  expect(await vault.keep(secret)).toEqual({ token, pseudonym });
  expect((await vault.keep({ ...secret, key: 'other' })).token).not.toBe(token);
  const elsewhere = await vault.keep({ ...secret, phone: '13900000000' });
  expect(elsewhere.token).not.toBe(token);
  const { key: _, ...once } = secret;
  expect((await vault.keep(once)).token).not.toBe((await vault.keep(once)).token);
});
