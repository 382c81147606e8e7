import { describe, expect, it, vi } from 'vitest';
import { email } from '../src/sending/email.ts';
import { webhook } from '../src/sending/webhook.ts';
import { httpReceiver, readable, smtpReceiver } from './receivers.ts';
import { clockLate, createWorld, rungs } from './world.ts';

const SECRET = 'a secret of at least thirty-two characters';
const soon = { most: 3, firstS: 0.2 };
/** Nothing gathers for long. */
const hasty = { notices: { bundle: '0.01分钟' } };
const until = (look: () => void | Promise<void>) =>
  vi.waitFor(look, { timeout: 15_000, interval: 30 });

async function states(world: Awaited<ReturnType<typeof createWorld>>) {
  const text = `select state, error, count(*)::int as n from sla.notice
                where channel <> 'in-app' group by state, error order by state`;
  return world.db.query<{ state: string; error: string | null; n: number }>({ text });
}

function hook(url: string, timeoutMs = 500) {
  return { webhook: webhook({ url, secret: SECRET, allowPrivate: true, timeoutMs }) };
}

describe('a receiver over HTTP', () => {
  it('is told with a signature it can check, each message by an id', async () => {
    const receiver = await httpReceiver(SECRET);
    const world = await createWorld(hasty);
    await world.start({ ways: hook(receiver.url), retry: soon });
    await world.incident(clockLate(1));
    await until(() => expect(receiver.got).toHaveLength(1));
    expect(receiver.codes).toEqual([204]);
    expect(receiver.got[0]).toMatchObject({ to: 'roads-leader', messages: [{ rung: 'late' }] });
    await until(async () =>
      expect(await states(world)).toEqual([{ state: 'sent', error: null, n: 1 }]),
    );
  });

  it('is told again when it is down, slow or answers 500, until it recovers', async () => {
    const receiver = await httpReceiver(SECRET);
    receiver.answer(500, 503);
    await receiver.down();
    const world = await createWorld(hasty);
    await world.start({ ways: hook(receiver.url), retry: { most: 12, firstS: 0.1 } });
    await world.incident(clockLate(1));
    await until(async () =>
      expect(await states(world)).toMatchObject([{ state: 'queued', error: 'ECONNREFUSED' }]),
    );
    receiver.slow(1_000);
    await receiver.up();
    await until(async () =>
      expect(await states(world)).toMatchObject([{ error: 'UND_ERR_HEADERS_TIMEOUT' }]),
    );
    receiver.slow(0);
    await until(() => expect(receiver.got.length).toBeGreaterThan(0));
    await until(async () => expect(await states(world)).toMatchObject([{ state: 'sent' }]));
    expect(receiver.codes).toContain(503);
  });

  it('is given up in the end, and told again when somebody says so', async () => {
    const receiver = await httpReceiver(SECRET);
    receiver.answer(500, 500, 500);
    const world = await createWorld(hasty);
    const { door } = await world.start({ ways: hook(receiver.url), retry: soon });
    const id = await world.incident(clockLate(1));
    await until(async () =>
      expect(await door.deadNotices(10)).toMatchObject([
        {
          personId: 'roads-leader',
          channel: 'webhook',
          incidentId: id,
          attempts: 3,
          code: 'HTTP_500',
        },
      ]),
    );
    expect(receiver.got).toEqual([]);
    expect(await door.resendNotices()).toBe(1);
    await until(() => expect(receiver.got).toHaveLength(1));
    expect(await door.deadNotices(10)).toEqual([]);
  });

  it('gets what one person is told at about the same time in one message', async () => {
    const receiver = await httpReceiver(SECRET);
    const world = await createWorld({ notices: { bundle: '0.02分钟' } });
    await Promise.all(Array.from({ length: 12 }, () => world.incident(clockLate(90))));
    await world.start({ ways: hook(receiver.url), retry: soon });
    await until(async () => expect(await states(world)).toMatchObject([{ state: 'sent' }]));
    const mine = receiver.got.filter(({ to }) => to === 'roads-leader');
    expect(mine).toHaveLength(1);
    expect(mine[0]?.messages).toHaveLength(12);
    expect(new Set(mine[0]?.messages.map((m) => m.id)).size).toBe(12);
  });

  it('is told of nothing in quiet hours but what is loud', async () => {
    const receiver = await httpReceiver(SECRET);
    const quiet = { from: '00:00', to: '23:59' };
    const world = await createWorld({ notices: { bundle: '0.01分钟', quiet } });
    await world.start({ ways: hook(receiver.url), retry: soon });
    const silent = await world.incident(clockLate(1));
    const loud = await world.incident(clockLate(1), { urgency: 'urgent' });
    await until(() => expect(receiver.got).toHaveLength(1));
    expect(receiver.got[0]?.messages).toMatchObject([{ incidentId: loud }]);
    // The list of the application has it at once.
    expect(await world.notices(silent)).toMatchObject([{ state: 'sent' }]);
  });

  it('does not lie in a private network unless that is allowed', async () => {
    const to = (url: string) => () => webhook({ url, secret: SECRET, allowPrivate: false });
    for (const url of [
      'https://127.0.0.1/',
      'https://10.1.2.3/',
      'https://[::1]:1/',
      'https://[::ffff:10.0.0.1]/',
      'https://[::10.0.0.1]/',
      'https://[fec0::1]/',
      'https://[2002:a00:1::]/',
      'https://[64:ff9b:1::a00:1]/',
    ]) {
      expect(to(url), url).toThrow('private');
    }
    expect(to('http://192.0.2.1/')).toThrow('must be https');
    const named = to('https://localhost:9/')();
    const person = { id: 'x', name: 'x', roles: ['leader' as const], area: '310110', post: 'x' };
    const bundle = { personId: 'x', channel: 'webhook' as const, messages: [] };
    await expect(named.send(bundle, person)).rejects.toMatchObject({ code: 'WEBHOOK_PRIVATE' });
    named.close();
  });
});

describe('a mail server', () => {
  it('brings a mail without anything personal to those with an address', async () => {
    const server = await smtpReceiver(() => undefined);
    const mail = email({ url: server.url, from: '城运中心 <loop@example.gov.cn>' });
    const world = await createWorld(hasty, { 'roads-leader': 'leader@roads.example' });
    await world.start({ ways: { email: mail }, retry: soon });
    const id = await world.incident(clockLate(11));
    await until(() => expect(server.mails).toHaveLength(1));
    const [sent] = server.mails;
    if (sent === undefined) throw new Error('it is there');
    const { subject, body } = readable(sent);
    expect(sent.to).toEqual(['leader@roads.example']);
    expect(subject).toContain('超时督办');
    expect(body).toContain('处置时限');
    expect(body).not.toContain(world.incidents.get(id)?.description);
    expect(sent.source).toMatch(/^Message-ID: <[0-9a-f-]{36}@example\.gov\.cn>/m);
  });

  it('gets no password where it offers no TLS', async () => {
    const server = await smtpReceiver(() => undefined);
    const url = server.url.replace('//', '//user:secret@');
    const mail = email({ url, from: 'loop@example.gov.cn' });
    const person = { id: 'x', name: 'x', roles: ['leader' as const], area: '310110', post: 'x' };
    const message = {
      incidentId: 'i',
      clock: 'handle',
      epoch: 1,
      rung: 'late',
      title: '',
      text: '',
    };
    const bundle = {
      personId: 'x',
      channel: 'email' as const,
      messages: [{ id: 'm', ...message }],
    };
    const sent = mail.send(bundle, { ...person, email: 'x@roads.example' });
    await expect(sent).rejects.toMatchObject({ code: 'SMTP_500' });
    expect([server.passwords, server.mails]).toEqual([[], []]);
    mail.close();
  });

  it('may refuse an address, which then stands nowhere', async () => {
    const server = await smtpReceiver((address) => (address.startsWith('gone@') ? 550 : undefined));
    const mail = email({ url: server.url, from: 'loop@example.gov.cn' });
    const world = await createWorld(
      { ...hasty, ladders: [{ id: 'x', clocks: ['handle'], rungs: [rungs[0]] }] },
      { 'roads-leader': 'gone@roads.example' },
    );
    const { door } = await world.start({ ways: { email: mail }, retry: soon });
    await world.incident(clockLate(1));
    await until(async () =>
      expect(await door.deadNotices(1)).toMatchObject([{ code: 'SMTP_550' }]),
    );
    const rows = await world.db.query({ text: 'select n::text as row from sla.notice n' });
    expect(JSON.stringify(rows)).not.toContain('roads.example');
  });
});
