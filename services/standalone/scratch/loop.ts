import { startEmbeddedPostgres, createPool } from '@cityloop/postgres';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { startLoop } from '../src/loop.ts';
import { give, subjectOfPerson } from '@cityloop/console';
import { readFileSync, readdirSync } from 'node:fs';
const N = Number(process.argv[2] ?? 10000), C = Number(process.argv[3] ?? 2000);
const server = await startEmbeddedPostgres({ dataDir: `/tmp/bench-${process.pid}` });
const logger = createLogger({ name: 'x', level: 'warn' });
const db = createPool(server.url, { max: 16, name: 'b' });
const running = await startLoop({ db, packDir: new URL('../../../infra/packs/yangpu', import.meta.url).pathname, logger, metrics: createMetrics({processMetrics:false}) });
const { loop } = running;
const P = (id: string) => subjectOfPerson(loop.pack().people.find((p) => p.id === id)!);
const seat = P('chen-seat'), clerk = P('li-clerk'), disp = P('wang-dispatcher'), lead = P('shen-greening-leader'), crew = P('han-greening-member'), ver = P('zhou-verifier'), eva = P('wu-evaluator');
const text = '政立路国和路口绿地内有散落垃圾，居民多次反映，请尽快安排清理，谢谢。'.repeat(3);
let k = 0;
async function one(i: number) {
  const key = `k${process.pid}-${i}`;
  const a = await loop.report({ body: { channel: 'hotline-12345', description: text, location: { lon: 121.501 + (i % 100) * 1e-4, lat: 31.302, crs: 'WGS84' } } as never, subject: seat, key });
  const id = a.id;
  const c = (verb: string, body: object, subject: typeof seat) => give(loop, { incidentId: id, command: { verb, body } as never, subject, key: `${key}/${verb}` });
  await c('file', { categoryCode: 'E01-17', standardId: 'E01-17.1' }, clerk);
  await c('assign', { unitId: 'yp-greening' }, disp);
  await c('receive', {}, lead);
  await c('finish', { result: 'resolved', attachments: ['p1'] }, crew);
  await c('confirm', {}, lead);
  await c('check', { outcome: 'pass' }, ver);
  for (;;) { try { await c('archive', {}, eva); break; } catch (e) { k++; if (k > 5) throw e; } }
}
async function run(n: number, conc: number, base: number) {
  let next = 0;
  await Promise.all(Array.from({ length: conc }, async () => { while (next < n) { const i = next++; await one(base + i); } }));
}
const cpu = () => { let t = 0; for (const p of readdirSync('/proc')) { if (!/^\d+$/.test(p)) continue; try { const st = readFileSync(`/proc/${p}/stat`, 'utf8'); const f = st.slice(st.lastIndexOf(')') + 2).split(' '); if (Number(f[1]) === server.pid || Number(p) === server.pid) t += Number(f[11]) + Number(f[12]); } catch {} } return t * 10000; };
await run(500, 200, 1e6); const pg0 = cpu();
const c0 = process.cpuUsage(); const t0 = performance.now();
await run(N, C, 0);
const s = (performance.now() - t0) / 1000; const c1 = process.cpuUsage(c0);
console.log({ N, s: s.toFixed(2), incidentsPerS: Math.round(N / s), eventsPerS: Math.round(N * 10 / s), nodeUsPerIncident: Math.round((c1.user + c1.system) / N), retries: k, pgUsPerIncident: Math.round((cpu() - pg0) / N) });
if (process.env.PROC) for (const p of readdirSync('/proc')) { if (!/^\d+$/.test(p)) continue; try { const st = readFileSync(`/proc/${p}/stat`, 'utf8'); const f = st.slice(st.lastIndexOf(')') + 2).split(' '); if (Number(f[1]) === server.pid) console.log(((Number(f[11]) + Number(f[12])) * 10000 / N).toFixed(0), 'us', readFileSync(`/proc/${p}/cmdline`, 'utf8').slice(0, 60)); } catch {} }
if (process.env.SHOW) for (const r of await db.query({ text: "select substring(body from 'cityloop.([a-z.-]+).v1') t, count(*)::int n, avg(octet_length(body))::int bytes from log.incident_event group by 1 order by 3" })) console.log(JSON.stringify(r));
if (process.env.SHOW) console.log((await db.query({ text: "select body from log.incident_event where strpos(body, 'handling.confirmed')>0 limit 1" }))[0]);
await running[Symbol.asyncDispose](); await db.close(); await server.stop();
