import type { Standalone } from './service.ts';

/** What is printed once everything runs: what runs where, how to sign in, a first incident. */
export function banner({ url, database, pack }: Standalone, startedMs: number): string {
  const seconds = (startedMs / 1_000).toFixed(1);
  const seat = pack.people.find((p) => p.roles.includes('hotline-seat')) ?? pack.people[0];
  const point =
    pack.district.code === '310110'
      ? '{"lon":121.5135,"lat":31.3013,"crs":"WGS84"}'
      : '{"address":"1 Main St"}';
  return [
    `CityLoop ${pack.district.name} 已启动 / is up (${seconds} s)`,
    `  API       ${url}/api/v1    文档 docs  ${url}/docs    实况 live  ${url}/`,
    `  数据库 database  ${database}`,
    '  登录 sign in: GET /auth/demo/people lists the demo people, POST /auth/demo/token signs one in',
    '',
    '  上报第一件 report a first incident:',
    `  TOKEN=$(curl -s ${url}/auth/demo/token -H 'content-type: application/json' -d '{"person":"${seat?.id ?? ''}"}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `  curl -s ${url}/api/v1/incidents -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\`,
    `    -d '{"channel":"hotline-12345","description":"路口有暴露垃圾","location":${point}}'`,
    '',
    '  Ctrl-C 停止 stops it.',
    '',
  ].join('\n');
}
