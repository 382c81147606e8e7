import { z } from 'zod';
import type { Target } from '../arm.ts';

const REPORTER = 'tao-grid';
const Token = z.object({ accessToken: z.string() });

/** A token for a demo person, from the built-in issuer. */
export async function signIn(url: string, person: string): Promise<string> {
  const response = await fetch(new URL('/auth/demo/token', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person }),
  });
  if (!response.ok) throw new Error(`sign-in of ${person} was answered ${response.status}`);
  return Token.parse(await response.json()).accessToken;
}

/** The request that reports an incident, one of a grid worker somewhere in the subdistrict. */
export async function reportTarget(url: string): Promise<Target> {
  const { hostname, port } = new URL(url);
  return {
    host: hostname,
    port: Number(port),
    method: 'POST',
    path: '/api/v1/incidents',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await signIn(url, REPORTER)}`,
      'idempotency-key': 'bench-{id}',
    },
    body: `{"channel":"grid-worker","categoryCode":"E01-28","description":"Bags of rubbish beside the bins at the corner of the lane, blocking the pavement, number {id}","location":{"lon":121.49{a},"lat":31.30{b},"crs":"WGS84"}}`,
  };
}
