import type { Ground, PackArea, PackCentre } from '@cityloop/contracts';
import { createAreaIndex } from '@cityloop/geo';

const SUBDISTRICT = 9;
const COMMITTEE = 12;
const GRID = 15;

export type Grounds = {
  locate(lon: number, lat: number): Ground;
  groundOf(code: string): Ground | undefined;
  centreOf(ground: Ground): PackCentre;
};

/**
 * Whose ground is whose. Codes are the statistical division's, a code begins with its parent's, so the
 * deepest area that holds a point names all above it.
 */
export function createGrounds(
  areas: readonly PackArea[],
  centreOfArea: (code: string) => PackCentre,
): Grounds {
  const known = new Map(areas.map((area) => [area.code, area]));
  const drawn = areas.filter((area) => area.polygons !== undefined);
  const index = createAreaIndex(
    drawn.map((area) => ({ code: area.code, polygons: area.polygons ?? [] })),
  );

  function groundOf(code: string): Ground | undefined {
    const area = known.get(code);
    if (area === undefined) return undefined;
    return {
      subdistrict: code.slice(0, SUBDISTRICT),
      ...(code.length >= COMMITTEE ? { committee: code.slice(0, COMMITTEE) } : {}),
      ...(code.length >= GRID ? { grid: code.slice(0, GRID) } : {}),
      ...(area.gridWorkerId === undefined ? {} : { gridWorkerId: area.gridWorkerId }),
    };
  }

  return {
    groundOf,
    locate(lon, lat) {
      const codes = index.locate(lon, lat);
      const subdistricts = [...new Set(codes.map((code) => code.slice(0, SUBDISTRICT)))].sort();
      if (subdistricts.length > 1) return { disputed: subdistricts };
      const deepest = codes.reduce((a, b) => (b.length > a.length ? b : a), '');
      return groundOf(deepest) ?? {};
    },
    centreOf: (ground) => centreOfArea(ground.subdistrict ?? ''),
  };
}
