type Xy = readonly [number, number];

/** Corners in order, anticlockwise. */
export type Cell = readonly Xy[];

/** The Voronoi cell of each seed inside the outline. */
export function voronoiCells(seeds: readonly Xy[], outline: readonly Xy[]): Cell[] {
  return seeds.map((seed, own) => {
    let cell: Xy[] = [...outline];
    for (const [index, other] of seeds.entries()) {
      if (index !== own) cell = nearerPart(cell, seed, other);
    }
    return cell;
  });
}

/** What of the cell is nearer to the seed than to the other. */
function nearerPart(cell: readonly Xy[], seed: Xy, other: Xy): Xy[] {
  const [nx, ny] = [other[0] - seed[0], other[1] - seed[1]];
  const limit = (other[0] ** 2 + other[1] ** 2 - seed[0] ** 2 - seed[1] ** 2) / 2;
  const side = (point: Xy): number => point[0] * nx + point[1] * ny - limit;
  const kept: Xy[] = [];
  for (const [index, a] of cell.entries()) {
    const b = cell[(index + 1) % cell.length] ?? a;
    const [sa, sb] = [side(a), side(b)];
    if (sa <= 0) kept.push(a);
    if (sa < 0 === sb < 0 || sa === 0 || sb === 0) continue;
    const part = sa / (sa - sb);
    kept.push([a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]);
  }
  return kept;
}

const keyOf = (point: Xy): string => point.join(' ');

/**
 * The polygons around cells that share their corners: edges that two cells have in common fall away,
 * the rest is chained to rings. GeoJSON order: outer rings with their holes, each not closed.
 */
export function outlineOf(cells: readonly Cell[]): Xy[][][] {
  const edges = new Map<string, { readonly from: Xy; readonly to: Xy }>();
  for (const cell of cells) {
    for (const [index, from] of cell.entries()) {
      const to = cell[(index + 1) % cell.length] ?? from;
      const [a, b] = [keyOf(from), keyOf(to)];
      if (a === b) continue;
      if (!edges.delete(`${b}>${a}`)) edges.set(`${a}>${b}`, { from, to });
    }
  }
  const rings: Xy[][] = [];
  while (edges.size > 0) rings.push(takeRing(edges));
  const outer = rings.filter((ring) => turn(ring) > 0).map((ring) => [ring]);
  for (const hole of rings.filter((ring) => turn(ring) < 0)) {
    const around = outer.find(([ring = []]) => holdsRing(ring, hole)) ?? outer[0];
    around?.push(hole);
  }
  return outer;
}

function takeRing(edges: Map<string, { readonly from: Xy; readonly to: Xy }>): Xy[] {
  const [first] = edges;
  if (first === undefined) return [];
  const ring: Xy[] = [first[1].from];
  edges.delete(first[0]);
  let at = first[1].to;
  while (keyOf(at) !== keyOf(first[1].from)) {
    ring.push(at);
    const start = `${keyOf(at)}>`;
    const next = [...edges].find(([key]) => key.startsWith(start));
    if (next === undefined) throw new Error(`the outline is open at ${keyOf(at)}`);
    edges.delete(next[0]);
    at = next[1].to;
  }
  return ring;
}

/** Twice the signed area: positive when anticlockwise. */
function turn(ring: readonly Xy[]): number {
  return ring.reduce((sum, a, index) => {
    const b = ring[(index + 1) % ring.length] ?? a;
    return sum + a[0] * b[1] - b[0] * a[1];
  }, 0);
}

function holdsRing(ring: readonly Xy[], hole: readonly Xy[]): boolean {
  const box = (axis: 0 | 1, points: readonly Xy[]): Xy => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  return ([0, 1] as const).every((axis) => {
    const [outer, inner] = [box(axis, ring), box(axis, hole)];
    return outer[0] <= inner[0] && outer[1] >= inner[1];
  });
}
