import { expect, it } from 'vitest';
import { deleteOld } from '../src/store/retention.ts';
import { clockLate, createWorld } from './world.ts';

const aged = `
  update sla.notice set at = now() - interval '91 days', sent_at = sent_at - interval '91 days';
  update sla.ask set answered_at = answered_at - interval '91 days';
  update sla.rung set at = now() - interval '91 days';`;

it('deletes what is older than 90 days and over, and keeps what was given up', async () => {
  const world = await createWorld();
  await world.start();
  const over = await world.incident(clockLate(11));
  const watched = await world.incident(clockLate(11));
  await world.settled();
  await world.moves(over, 'closed', { status: 'closed' });
  await world.settled();
  const count = async () => {
    const text = `select (select count(*)::int from sla.notice) as notices,
      (select count(*)::int from sla.ask) as asks, (select count(*)::int from sla.rung) as rungs`;
    return (await world.db.query({ text }))[0];
  };
  const before = await count();
  await deleteOld(world.db, 'sla');
  expect(await count()).toEqual(before);
  for (const text of aged.split(';')) if (text.trim() !== '') await world.db.execute({ text });
  const text = `update sla.notice set state = 'dead' where incident_id = $1`;
  const dead = await world.db.execute({ text, values: [watched] });
  await deleteOld(world.db, 'sla');
  expect(dead).toBeGreaterThan(0);
  expect(await count()).toEqual({ notices: dead, asks: 0, rungs: 2 });
  expect(await world.rungs(over)).toEqual([]);
});
