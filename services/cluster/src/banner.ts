import type { Cluster } from './cluster.ts';

/** What is printed once everything runs: what runs where, and how to go on. */
export function banner({ urls, processes, servers }: Cluster, startedMs: number): string {
  const seconds = (startedMs / 1_000).toFixed(1);
  const rows = processes.map(
    ({ id, url, pid, log }) =>
      `  ${id.padEnd(16)} ${url.padEnd(24)} pid ${String(pid).padEnd(8)} ${log}`,
  );
  return [
    `CityLoop 集群已启动 / the cluster is up (${seconds} s): ${processes.length} 个进程 / processes`,
    ...rows,
    ...servers.told.map((line) => `  ${line}`),
    '',
    ...urls.map((url) => `  API  ${url}/api/v1    文档 docs  ${url}/docs    实况 live  ${url}/`),
    '  登录 sign in: GET /auth/demo/people lists the demo people, POST /auth/demo/token signs one in',
    '',
    `  Ctrl-C 停止 stops it all.  kill -USR2 ${process.pid} 逐个重启 restarts one after the other.`,
    '',
  ].join('\n');
}
