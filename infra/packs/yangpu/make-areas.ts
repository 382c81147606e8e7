/**
 * Draws the SCHEMATIC areas (示意) of the demo pack: node infra/packs/yangpu/make-areas.ts
 *
 * Nothing here is an official boundary. Stated by hand: a rough outline of the district and one
 * approximate centre a subdistrict. Facts: codes and names, official areas in km². From these a power
 * diagram on a lattice shares the ground out, k-means places committees and grids, and the cells of the
 * grids (a Voronoi diagram) are put together to committees and subdistricts, so that neighbours share
 * their corners exactly. Same input, same output. To use real boundaries, replace areas.yaml.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Cell, outlineOf, voronoiCells } from './schematic-cells.ts';

type Xy = readonly [number, number];

const ORIGIN: Xy = [121.52, 31.3];
const KM: Xy = [111.32 * Math.cos((ORIGIN[1] * Math.PI) / 180), 110.86];

/** Corners of the district as one would sketch it, anticlockwise, [lon, lat]. */
const OUTLINE: readonly Xy[] = [
  [121.505, 31.251],
  [121.523, 31.253],
  [121.54, 31.259],
  [121.556, 31.267],
  [121.566, 31.279],
  [121.564, 31.293],
  [121.556, 31.308],
  [121.55, 31.325],
  [121.541, 31.342],
  [121.518, 31.348],
  [121.497, 31.343],
  [121.484, 31.326],
  [121.48, 31.308],
  [121.487, 31.291],
  [121.496, 31.277],
  [121.502, 31.263],
];

/** Code, name, approximate centre as lon and lat, official area in km². */
const SUBDISTRICTS: readonly (readonly [string, string, number, number, number])[] = [
  ['310110001', '定海路街道', 121.552, 31.279, 6.25],
  ['310110006', '平凉路街道', 121.518, 31.26, 3.22],
  ['310110008', '江浦路街道', 121.511, 31.27, 2.31],
  ['310110009', '四平路街道', 121.505, 31.281, 2.64],
  ['310110012', '控江路街道', 121.521, 31.28, 2.15],
  ['310110013', '长白新村街道', 121.542, 31.294, 3.04],
  ['310110015', '延吉新村街道', 121.532, 31.286, 1.96],
  ['310110016', '殷行街道', 121.536, 31.326, 9.52],
  ['310110018', '大桥街道', 121.534, 31.268, 3.99],
  ['310110019', '五角场街道', 121.501, 31.302, 7.44],
  ['310110020', '新江湾城街道', 121.506, 31.33, 8.69],
  ['310110021', '长海路街道', 121.53, 31.307, 8.99],
];

const LATTICE_KM = 0.06;
const GRID_KM2 = 0.12;
const MOST_GRIDS = 4;

const toXy = ([lon, lat]: Xy): Xy => [(lon - ORIGIN[0]) * KM[0], (lat - ORIGIN[1]) * KM[1]];
const toLonLat = ([x, y]: Xy): Xy => [
  Number((x / KM[0] + ORIGIN[0]).toFixed(5)),
  Number((y / KM[1] + ORIGIN[1]).toFixed(5)),
];
const square = (a: Xy, b: Xy): number => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;

function insideOutline(point: Xy, ring: readonly Xy[]): boolean {
  let inside = false;
  for (const [index, a] of ring.entries()) {
    const b = ring[(index + 1) % ring.length] ?? a;
    if (a[1] > point[1] === b[1] > point[1]) continue;
    if (point[0] < ((b[0] - a[0]) * (point[1] - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside;
}

function lattice(ring: readonly Xy[]): Xy[] {
  const points: Xy[] = [];
  for (let x = -5; x < 5; x += LATTICE_KM) {
    for (let y = -6; y < 6; y += LATTICE_KM) {
      if (insideOutline([x, y], ring)) points.push([x, y]);
    }
  }
  return points;
}

const nearest = (point: Xy, centres: readonly Xy[], weights?: readonly number[]): number => {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, centre] of centres.entries()) {
    const cost = square(point, centre) - (weights?.[index] ?? 0);
    if (cost < least) [best, least] = [index, cost];
  }
  return best;
};

function share(points: readonly Xy[], centres: readonly Xy[], weights?: readonly number[]): Xy[][] {
  const groups: Xy[][] = centres.map(() => []);
  for (const point of points) groups[nearest(point, centres, weights)]?.push(point);
  return groups;
}

/** Shares the points out so that each centre gets about the share it is entitled to. */
function shareByArea(
  points: readonly Xy[],
  centres: readonly Xy[],
  areas: readonly number[],
): Xy[][] {
  const total = areas.reduce((sum, area) => sum + area, 0);
  const weights = centres.map(() => 0);
  for (let round = 0; round < 200; round += 1) {
    for (const [index, group] of share(points, centres, weights).entries()) {
      const wanted = (areas[index] ?? 0) / total;
      weights[index] = (weights[index] ?? 0) + 4 * (wanted - group.length / points.length);
    }
  }
  return share(points, centres, weights);
}

const mean = (points: readonly Xy[]): Xy => [
  points.reduce((sum, point) => sum + point[0], 0) / points.length,
  points.reduce((sum, point) => sum + point[1], 0) / points.length,
];

/** `count` groups of about equal size by k-means, started from the farthest points. */
function cluster(points: readonly Xy[], count: number): { centre: Xy; points: Xy[] }[] {
  let centres: Xy[] = [mean(points)];
  while (centres.length < count) {
    const gap = (point: Xy): number => Math.min(...centres.map((centre) => square(point, centre)));
    centres.push(points.reduce((far, point) => (gap(point) > gap(far) ? point : far)));
  }
  for (let round = 0; round < 30; round += 1) {
    centres = share(points, centres).map((group, index) =>
      group.length === 0 ? (centres[index] ?? [0, 0]) : mean(group),
    );
  }
  return share(points, centres).map((group, index) => ({
    centre: centres[index] ?? [0, 0],
    points: group,
  }));
}

type Grid = { readonly code: string; readonly name: string; readonly seed: Xy };
type Committee = { readonly code: string; readonly name: string; readonly grids: readonly Grid[] };

function gridsOf(code: string, name: string, points: readonly Xy[]): Grid[] {
  const km2 = points.length * LATTICE_KM ** 2;
  const count = Math.max(1, Math.min(MOST_GRIDS, Math.round(km2 / GRID_KM2)));
  return cluster(points, count).map(({ centre }, index) => ({
    code: `${code}${String(index + 1).padStart(3, '0')}`,
    name: `${name.replace(/居委会$/, '')}${index + 1}号网格`,
    seed: centre,
  }));
}

function committeesOf(subdistrict: string, points: readonly Xy[]): Committee[] {
  const listed = readFileSync(new URL('committees.csv', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(subdistrict))
    .map((line) => line.split(','));
  const places = cluster(points, listed.length);
  return listed.map(([code = '', name = ''], index) => ({
    code,
    name,
    grids: gridsOf(code, name, places[index]?.points ?? []),
  }));
}

function line(kind: string, area: { code: string; name: string }, cells: readonly Cell[]): string {
  const parent = area.code.slice(0, -3);
  const polygons = JSON.stringify(outlineOf(cells));
  return `- {code: '${area.code}', name: ${area.name}, kind: ${kind}, parent: '${parent}', schematic: true, polygons: ${polygons}}`;
}

const HEADER = `# Written by make-areas.ts; change that, not this.
# Facts: codes and names of the 12 subdistricts and 301 neighbourhood committees.
# SCHEMATIC (示意): every polygon, and every grid with its code and name, is made up. No official boundary;
# which committee lies where inside its subdistrict is invented, too. WGS-84.
`;

const ring = OUTLINE.map(toXy);
const shares = shareByArea(
  lattice(ring),
  SUBDISTRICTS.map(([, , lon, lat]) => toXy([lon, lat])),
  SUBDISTRICTS.map(([, , , , km2]) => km2),
);
const subdistricts = SUBDISTRICTS.map(([code, name], index) => ({
  code,
  name,
  committees: committeesOf(code, shares[index] ?? []),
}));
const grids = subdistricts.flatMap(({ committees }) => committees.flatMap((one) => one.grids));
const drawn = voronoiCells(
  grids.map(({ seed }) => seed),
  ring,
).map((cell) => cell.map(toLonLat));
const cellOf = new Map(grids.map(({ code }, index) => [code, drawn[index] ?? []]));
const cellsOf = (list: readonly Grid[]): Cell[] => list.map(({ code }) => cellOf.get(code) ?? []);

const lines = subdistricts.flatMap((subdistrict) => [
  line('subdistrict', subdistrict, cellsOf(subdistrict.committees.flatMap((one) => one.grids))),
  ...subdistrict.committees.flatMap((committee) => [
    line('committee', committee, cellsOf(committee.grids)),
    ...committee.grids.map((grid) => line('grid', grid, cellsOf([grid]))),
  ]),
]);
writeFileSync(new URL('areas.yaml', import.meta.url), `${HEADER}${lines.join('\n')}\n`);
console.log(`${subdistricts.length} subdistricts, ${grids.length} grids, ${lines.length} areas`);
