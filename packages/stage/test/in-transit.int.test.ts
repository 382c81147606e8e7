import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  assignment,
  confirm,
  finish,
  note,
  order,
  type Process,
  receive,
  refusal,
  roadsLeader,
  type StageWorld,
  stageWorld,
  taken,
  until,
} from './fixture.ts';

let world: StageWorld;

beforeEach(async () => {
  world = await stageWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

describe('a hand-over and its first command', () => {
  const nowhere = async () => undefined;
  const here = async () => ({ custodian: 'handling' as const, version: 3 });

  it('may come the wrong way round: the command waits and is woken', async () => {
    const { stage } = await world.start({ locate: here });
    const event = assignment();
    const early = stage.engine.command(order(event.incidentId, receive));
    await world.handOver([event]);
    expect((await early).status).toBe('handling');
  });

  it('may be taken by another process than the one the command waits in', async () => {
    const processes = [await world.start({ locate: here }), await world.start({ locate: here })];
    await until(() => processes.some((p) => p.stage.arrivals.active), 'a reader');
    const standby = processes.find((p) => !p.stage.arrivals.active) as Process; // one is
    const event = assignment();
    const early = standby.stage.engine.command(order(event.incidentId, receive));
    await world.handOver([event]);
    expect((await early).status).toBe('handling');
  });

  it('is refused as in transit when it does not come, and taken when it came after all', async () => {
    const { stage } = await world.start({ locate: here });
    const event = assignment();
    const early = stage.engine.command(order(event.incidentId, receive));
    expect(await refusal(early)).toBe('IN_TRANSIT');
    await world.handOver([event]);
    await taken(world, [event]);
    expect((await stage.engine.command(order(event.incidentId, receive))).status).toBe('handling');
  });

  it('is not waited for when nobody knows the incident', async () => {
    const { stage } = await world.start({ locate: nowhere });
    const lost = stage.engine.command(order(assignment().incidentId, receive));
    expect(await refusal(lost)).toBe('INCIDENT_NOT_FOUND');
  });

  it('is not waited for when another stage holds the incident, which is named', async () => {
    const elsewhere = async () => ({ custodian: 'verification' as const, version: 9 });
    const { stage } = await world.start({ locate: elsewhere });
    const event = assignment();
    const id = event.incidentId;
    await world.handOver([event]);
    await taken(world, [event]);
    await stage.engine.command(order(id, receive));
    await stage.engine.command(order(id, finish));
    await stage.engine.command(order(id, confirm, { subject: roadsLeader }));
    const late = stage.engine.command(order(id, note('too late')));
    await expect(late).rejects.toMatchObject({
      code: 'NOT_IN_CUSTODY',
      details: { custodian: 'verification' },
    });
  });

  it('is refused at once when the process stops', async () => {
    const process = await world.start({ locate: here });
    const waiting = refusal(process.stage.engine.command(order(assignment().incidentId, receive)));
    await process[Symbol.asyncDispose]();
    expect(await waiting).toBe('STOPPING');
  });
});
