import { distanceMetres, METRES_PER_DEGREE, type Point } from './point.ts';

/** Something that happened somewhere, as duplicates are looked for. */
export type NearbyItem = Point & {
  readonly id: string;
  readonly category: string;
  readonly atMs: number;
};

export type NearbyQuery = Point & {
  readonly category: string;
  readonly atMs: number;
  /** Both limits count as near. */
  readonly withinMetres: number;
  readonly withinMs: number;
};

export type NearbyIndex = {
  readonly size: number;
  /** Puts the item in; one with the same id is replaced. */
  insert(item: NearbyItem): void;
  /** False when there is none of that id. */
  remove(id: string): boolean;
  /** Drops what happened before that time; returns how many. Looks at every item. */
  removeBefore(atMs: number): number;
  /** Items of that category near in place and time, the nearest first, then the older. */
  query(query: NearbyQuery): (NearbyItem & { readonly metres: number })[];
};

/**
 * A spatial hash in memory: cells of `cellMetres` a side and category. A query as wide as a cell looks
 * at nine cells at most. Does not look across the 180° meridian.
 */
export function createNearbyIndex(cellMetres = 50): NearbyIndex {
  const rowDegrees = cellMetres / METRES_PER_DEGREE;
  const cells = new Map<string, Map<string, NearbyItem>>();
  const keys = new Map<string, string>();

  const rowOf = (lat: number): number => Math.floor(lat / rowDegrees);
  const columnOf = (lon: number, row: number): number =>
    Math.floor(lon / columnDegrees(row, rowDegrees));
  const keyOf = (category: string, row: number, column: number): string =>
    `${row}/${column}/${category}`;

  function remove(id: string): boolean {
    const key = keys.get(id);
    if (key === undefined) return false;
    keys.delete(id);
    const cell = cells.get(key);
    cell?.delete(id);
    if (cell?.size === 0) cells.delete(key);
    return true;
  }

  function* near(query: NearbyQuery): Generator<NearbyItem> {
    const degrees = query.withinMetres / METRES_PER_DEGREE;
    for (let row = rowOf(query.lat - degrees); row <= rowOf(query.lat + degrees); row += 1) {
      // Degrees of longitude are shortest on the edge of the circle that is farther from the equator.
      const farthest = Math.min(89.999, Math.abs(query.lat) + degrees);
      const width = degrees / Math.cos((farthest * Math.PI) / 180);
      const last = columnOf(query.lon + width, row);
      for (let column = columnOf(query.lon - width, row); column <= last; column += 1) {
        const cell = cells.get(keyOf(query.category, row, column));
        if (cell !== undefined) yield* cell.values();
      }
    }
  }

  return {
    get size() {
      return keys.size;
    },
    insert(item) {
      remove(item.id);
      const row = rowOf(item.lat);
      const key = keyOf(item.category, row, columnOf(item.lon, row));
      keys.set(item.id, key);
      const cell = cells.get(key);
      if (cell === undefined) cells.set(key, new Map([[item.id, item]]));
      else cell.set(item.id, item);
    },
    remove,
    removeBefore(atMs) {
      const old = [...cells.values()].flatMap((cell) =>
        [...cell.values()].filter((item) => item.atMs < atMs),
      );
      for (const item of old) remove(item.id);
      return old.length;
    },
    query(query) {
      return Array.from(near(query), (item) => ({ ...item, metres: distanceMetres(item, query) }))
        .filter((item) => item.metres <= query.withinMetres)
        .filter((item) => Math.abs(item.atMs - query.atMs) <= query.withinMs)
        .sort((a, b) => a.metres - b.metres || a.atMs - b.atMs);
    },
  };
}

/** Width of a cell in this row, in degrees of longitude; wider towards the poles. */
function columnDegrees(row: number, rowDegrees: number): number {
  const lat = Math.min(89.999, Math.abs((row + 0.5) * rowDegrees));
  return rowDegrees / Math.cos((lat * Math.PI) / 180);
}
