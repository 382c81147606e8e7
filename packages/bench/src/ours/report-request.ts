import { z } from 'zod';
import type { Target } from '../arm.ts';

const REPORTER = 'chen-seat';
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

// Street matters of the demo catalogue that no row files by itself.
const CATEGORIES = ['C03-01', 'C03-05', 'C01-23', 'C01-81', 'E01-10', 'E01-12', 'E01-14', 'E01-28'];
// Cells of about a square kilometre, well inside the district.
const LONGITUDES = ['121.50', '121.51', '121.52', '121.53'];
const LATITUDES = ['31.27', '31.28', '31.29', '31.30'];

// Spread over district and catalogue: thousands of one kind at one corner would measure the search for
// duplicates and little else.
function bodies(): readonly string[] {
  const cells = LONGITUDES.flatMap((lon) => LATITUDES.map((lat) => ({ lon, lat })));
  return CATEGORIES.flatMap((categoryCode) =>
    cells.map(
      ({ lon, lat }) =>
        `{"channel":"hotline-12345","categoryCode":"${categoryCode}",` +
        '"description":"Something in the way at the corner of the lane, blocking the pavement for ' +
        'whoever wants to pass, number {id}",' +
        `"location":{"lon":${lon}{a},"lat":${lat}{b},"crs":"WGS84"}}`,
    ),
  );
}

/** The requests that report incidents, calls from all over the district. */
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
    bodies: bodies(),
  };
}
