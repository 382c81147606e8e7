import type { WhatIf } from './what-if.ts';

/** Clocks compared under two policies; those neither on time nor late yet are counted apart. */
export type Cell = {
  clocks: number;
  onTimeBefore: number;
  lateBefore: number;
  onTimeAfter: number;
  lateAfter: number;
  /** On time as it was, late as it would have been; and the other way. */
  toLate: number;
  toOnTime: number;
  moved: number;
};

export type CellKey = {
  readonly clock: string;
  readonly centreId: string;
  readonly categoryCode: string;
};

const empty = (): Cell => ({
  clocks: 0,
  onTimeBefore: 0,
  lateBefore: 0,
  onTimeAfter: 0,
  lateAfter: 0,
  toLate: 0,
  toOnTime: 0,
  moved: 0,
});

/** Counts by clock, centre and category, in a memory that does not grow with the incidents. */
export class Comparison {
  readonly #cells = new Map<string, { readonly key: CellKey; readonly cell: Cell }>();
  incidents = 0;
  /** Incidents in which at least one clock comes out otherwise. */
  flipped = 0;
  /** Clocks the policy has no row for, or that a mode set. */
  left = 0;
  unread = 0;

  add(key: CellKey, { before, after, moved, left }: WhatIf): void {
    const cell = this.#cellOf(key);
    cell.clocks += 1;
    if (before === 'on-time') cell.onTimeBefore += 1;
    if (before === 'late') cell.lateBefore += 1;
    if (after === 'on-time') cell.onTimeAfter += 1;
    if (after === 'late') cell.lateAfter += 1;
    if (before !== 'late' && after === 'late') cell.toLate += 1;
    if (before === 'late' && after !== 'late') cell.toOnTime += 1;
    if (moved) cell.moved += 1;
    if (left) this.left += 1;
  }

  #cellOf(key: CellKey): Cell {
    const name = `${key.clock}/${key.centreId}/${key.categoryCode}`;
    const known = this.#cells.get(name);
    if (known !== undefined) return known.cell;
    const cell = empty();
    this.#cells.set(name, { key, cell });
    return cell;
  }

  /** Every cell, in the order of its names. */
  get cells(): readonly { readonly key: CellKey; readonly cell: Readonly<Cell> }[] {
    return [...this.#cells].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  /** The cells added up by one member of their key. */
  by(member: keyof CellKey): ReadonlyMap<string, Readonly<Cell>> {
    const sums = new Map<string, Cell>();
    for (const { key, cell } of this.cells) {
      const sum = sums.get(key[member]) ?? empty();
      for (const name of Object.keys(sum) as (keyof Cell)[]) sum[name] += cell[name];
      sums.set(key[member], sum);
    }
    return sums;
  }
}

/** Of those that were decided, how many were on time; undefined when none was. */
export function rate(onTime: number, late: number): number | undefined {
  return onTime + late === 0 ? undefined : onTime / (onTime + late);
}
