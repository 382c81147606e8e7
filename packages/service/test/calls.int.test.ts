import { KeyReused, RuleViolation, StaleVersion } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { Any, method, peerOf, startReplica, TOKEN } from './fixture.ts';

const safe = { repeat: 'safe' } as const;
const once = { repeat: 'once' } as const;

describe('a call', () => {
  it('comes back with what it answered, be it nothing', async () => {
    const echo = method((...given: unknown[]) => given[0]);
    await using replica = await startReplica({ echo });
    using peer = peerOf([replica.url]);
    const word = { 地点: '国和路', n: [1, null, '\n'] };
    expect(await peer.call('echo', [word], safe)).toEqual(word);
    expect(await peer.call('echo', [], safe)).toBeUndefined();
  });

  it('comes back with the very error that was thrown there', async () => {
    const errors: readonly Error[] = [
      new RuleViolation('NOT_IN_CUSTODY', '案件不在本环节', { custodian: 'handling', status: 'x' }),
      new StaleVersion('STALE', '已过期', { version: 7 }),
      new KeyReused('IDEMPOTENCY_KEY_REUSED', '同一幂等键'),
    ];
    const refuse = method((n: number) => Promise.reject(errors[n]));
    await using replica = await startReplica({ refuse });
    using peer = peerOf([replica.url]);
    for (const [n, error] of errors.entries()) {
      const caught = await peer.call('refuse', [n], safe).catch((thrown: unknown) => thrown);
      expect(caught).toBeInstanceOf(error.constructor);
      expect(caught).toMatchObject({ ...error, message: error.message });
    }
  });

  it('tells of a mistake in the program no more than that there is one', async () => {
    const wrong = method(() => Promise.reject(new TypeError('password of the database')));
    await using replica = await startReplica({ wrong });
    using peer = peerOf([replica.url]);
    await expect(peer.call('wrong', [], safe)).rejects.toThrow(/^INTERNAL: /);
    await expect(peer.call('wrong', [], safe)).rejects.not.toThrow(/password/);
  });

  it('is refused when it has no method or other arguments than the method takes', async () => {
    const run = method(() => 1);
    await using replica = await startReplica({ run, strict: { ...run, args: Any.max(0) } });
    using peer = peerOf([replica.url]);
    await expect(peer.call('toString', [], safe)).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
    await expect(peer.call('strict', [1], safe)).rejects.toMatchObject({ code: 'CALL_INVALID' });
  });

  it('holds up nobody when it takes long', async () => {
    const gate = Promise.withResolvers<string>();
    const slow = method(() => gate.promise);
    const quick = method(() => 'quick');
    await using replica = await startReplica({ slow, quick });
    using peer = peerOf([replica.url]);
    // In one request, the slow one first.
    const waiting = peer.call('slow', [], safe);
    expect(await peer.call('quick', [], safe)).toBe('quick');
    expect(replica.requests()).toBe(1);
    gate.resolve('slow');
    expect(await waiting).toBe('slow');
  });

  it('shares requests with those that come while others are on their way', async () => {
    const echo = method((n: number) => n);
    await using replica = await startReplica({ echo });
    using peer = peerOf([replica.url]);
    const sent = Array.from({ length: 2_000 }, (_, n) => peer.call('echo', [n], safe));
    expect(await Promise.all(sent)).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
    expect(replica.requests()).toBeLessThan(20);
  });

  it('is refused at once when too many are under way', async () => {
    const gate = Promise.withResolvers<void>();
    await using replica = await startReplica({ wait: method(() => gate.promise) });
    using peer = peerOf([replica.url], { most: 3 });
    const three = [1, 2, 3].map(() => peer.call('wait', [], safe));
    await expect(peer.call('wait', [], safe)).rejects.toMatchObject({
      code: 'OVERLOADED',
      details: { retryAfter: 2 },
    });
    gate.resolve();
    await Promise.all(three);
  });
});

describe('the door', () => {
  it('answers nobody without the token of the services', async () => {
    await using replica = await startReplica({ echo: method(() => 1) });
    for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      for (const [path, init] of [
        ['/internal/calls', { method: 'POST', body: '["echo",[]]\n' }],
        ['/internal/streams/feed', {}],
      ] as const) {
        const headers = { authorization, 'content-type': 'application/x-ndjson' };
        const response = await fetch(replica.url + path, { ...init, headers });
        expect(response.status).toBe(401);
      }
    }
    using stranger = peerOf([replica.url], { token: 'another-token-of-more-than-32-characters' });
    await expect(stranger.call('echo', [], safe)).rejects.toMatchObject({
      code: 'SERVICE_REFUSES',
    });
  });

  it('refuses what is no call, line by line', async () => {
    await using replica = await startReplica({ echo: method((n: number) => n) });
    const response = await fetch(`${replica.url}/internal/calls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
      body: 'nonsense\n["echo",[7]]\n{}\n',
    });
    const lines = (await response.text()).trimEnd().split('\n');
    const answers = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers.find(({ n }) => n === 1)).toEqual({ n: 1, ok: 7 });
    for (const at of [0, 2]) {
      expect(answers.find(({ n }) => n === at)).toMatchObject({
        problem: { code: 'CALL_INVALID' },
      });
    }
  });
});

describe('a service of several replicas', () => {
  it('is called where there is least to do', async () => {
    const gate = Promise.withResolvers<void>();
    const wait = method(() => gate.promise);
    await using one = await startReplica({ wait });
    await using two = await startReplica({ wait });
    using peer = peerOf([one.url, two.url]);
    const calls = [1, 2, 3, 4].map(() => peer.call('wait', [], safe));
    await expect.poll(() => one.requests() + two.requests()).toBe(2);
    gate.resolve();
    await Promise.all(calls);
    expect([one.requests(), two.requests()]).toEqual([1, 1]);
  });

  it('is called at another one when one refuses connections, starts or stops', async () => {
    await using gone = await startReplica({});
    await gone[Symbol.asyncDispose]();
    await using starting = await startReplica({ name: method(() => 'wrong') }, { closed: true });
    await using stopping = await startReplica({ name: method(() => 'wrong') });
    stopping.door.stop();
    await using there = await startReplica({ name: method(() => 'there') });
    using peer = peerOf([gone.url, starting.url, stopping.url, there.url]);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => peer.call('name', [], once)),
    );
    expect(new Set(answers)).toEqual(new Set(['there']));
  });

  it('does once what breaks off in the middle and may not be repeated', async () => {
    let begun = 0;
    const begin = method(() => {
      begun += 1;
      return new Promise(() => undefined);
    });
    const broken = await startReplica({ begin });
    await using other = await startReplica({ begin: method(() => 'done') });
    using first = peerOf([broken.url]);
    using both = peerOf([broken.url, other.url]);
    const unsafe = first.call('begin', [], once).catch((error: unknown) => error);
    const repeated = both.call('begin', [], safe);
    await expect.poll(() => begun).toBe(2);
    await broken[Symbol.asyncDispose]();
    expect(await unsafe).toMatchObject({ code: 'SERVICE_BROKE_OFF' });
    expect(await repeated).toBe('done');
  });
});

describe('a service that is away', () => {
  it('is waited for as long as patience lasts', async () => {
    await using gone = await startReplica({});
    await gone[Symbol.asyncDispose]();
    using peer = peerOf([gone.url]);
    const short = { ...safe, patienceMs: 50 };
    await expect(peer.call('name', [], short)).rejects.toMatchObject({
      code: 'SERVICE_AWAY',
      details: { retryAfter: 2, service: 'dispatch' },
    });
    const waiting = peer.call('name', [], safe);
    await using back = await startReplica({ name: method(() => 'back') }, { port: gone.port });
    expect(await waiting).toBe('back');
    expect(back.requests()).toBe(1);
  });

  it('leaves nobody waiting when the caller stops', async () => {
    await using replica = await startReplica({ wait: method(() => new Promise(() => undefined)) });
    const peer = peerOf([replica.url]);
    const waiting = peer.call('wait', [], safe).catch((error: unknown) => error);
    peer.close();
    expect(await waiting).toMatchObject({ code: 'STOPPING' });
    await expect(peer.call('wait', [], safe)).rejects.toMatchObject({ code: 'STOPPING' });
  });
});
