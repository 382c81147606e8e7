import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAreaIndex, type Position } from './area-index.ts';

const box = (x: number, y: number, width = 1, height = 1): Position[] => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

/** Ten by ten unit squares, named by their corner. */
const board = createAreaIndex(
  Array.from({ length: 100 }, (_, index) => {
    const [x, y] = [index % 10, Math.floor(index / 10)];
    return { code: `${x},${y}`, polygons: [[box(x, y)]] };
  }),
);

describe('locate', () => {
  it('names the one square that holds an inner point', () => {
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.nat(9),
        fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
        fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
        (x, y, dx, dy) => {
          expect(board.locate(x + dx, y + dy)).toEqual([`${x},${y}`]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('names both neighbours on an edge and all four on a corner', () => {
    expect(board.locate(3, 4.5)).toEqual(['2,4', '3,4']);
    expect(board.locate(3, 4)).toEqual(['2,3', '2,4', '3,3', '3,4']);
  });

  it('forgives the rounding of coordinates on an edge, and no more', () => {
    expect(board.locate(3 - 5e-10, 4.5)).toEqual(['2,4', '3,4']);
    expect(board.locate(3 - 5e-9, 4.5)).toEqual(['2,4']);
  });

  it('finds nothing outside, and nothing without areas', () => {
    expect(board.locate(-0.1, 5)).toEqual([]);
    expect(board.locate(5, 10.1)).toEqual([]);
    expect(createAreaIndex([]).locate(1, 1)).toEqual([]);
  });

  it('leaves holes out but counts their edge in', () => {
    const ring = createAreaIndex([{ code: 'ring', polygons: [[box(0, 0, 3, 3), box(1, 1)]] }]);
    expect(ring.locate(0.5, 0.5)).toEqual(['ring']);
    expect(ring.locate(1.5, 1.5)).toEqual([]);
    expect(ring.locate(1, 1.5)).toEqual(['ring']);
  });

  it('names an area of several polygons once', () => {
    const two = createAreaIndex([{ code: 'isles', polygons: [[box(0, 0)], [box(1, 0)]] }]);
    expect(two.locate(1, 0.5)).toEqual(['isles']);
    expect(two.locate(1.5, 0.5)).toEqual(['isles']);
  });

  it('names every level that holds the point', () => {
    const levels = createAreaIndex([
      { code: '310110019', polygons: [[box(0, 0, 4, 4)]] },
      { code: '310110019001', polygons: [[box(0, 0, 2, 2)]] },
    ]);
    expect(levels.locate(1, 1)).toEqual(['310110019', '310110019001']);
    expect(levels.locate(3, 3)).toEqual(['310110019']);
  });

  it('takes rings closed or open, in either direction', () => {
    const open = box(0, 0);
    for (const ring of [open, [...open, ...open.slice(0, 1)], open.toReversed()]) {
      expect(createAreaIndex([{ code: 'a', polygons: [[ring]] }]).locate(0.5, 0.5)).toEqual(['a']);
    }
  });

  it('agrees with the angles seen from the point on any star-shaped ring', () => {
    const radii = fc.array(fc.double({ min: 0.2, max: 2, noNaN: true }), {
      minLength: 3,
      maxLength: 12,
    });
    const place = fc.double({ min: -2.5, max: 2.5, noNaN: true });
    fc.assert(
      fc.property(radii, place, place, (lengths, x, y) => {
        const ring = lengths.map((length, index): Position => {
          const angle = (2 * Math.PI * index) / lengths.length;
          return [length * Math.cos(angle), length * Math.sin(angle)];
        });
        const turned = windingAngle(ring, x, y);
        // On the edge itself the angle is half a turn; both answers are right there.
        fc.pre(Math.abs(Math.abs(turned) - Math.PI) > 1e-3);
        const inside = createAreaIndex([{ code: 'star', polygons: [[ring]] }]).locate(x, y);
        expect(inside.length === 1).toBe(Math.abs(turned) > Math.PI);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Sum of the signed angles under which the edges are seen: a full turn from inside, none from outside. */
function windingAngle(ring: readonly Position[], x: number, y: number): number {
  return ring.reduce((sum, [ax, ay], index) => {
    const [bx, by] = ring[(index + 1) % ring.length] ?? [ax, ay];
    const cross = (ax - x) * (by - y) - (ay - y) * (bx - x);
    const dot = (ax - x) * (bx - x) + (ay - y) * (by - y);
    return sum + Math.atan2(cross, dot);
  }, 0);
}
