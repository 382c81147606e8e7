export { createOracle, type Disagreement, type Oracle, type Tally } from './oracle.ts';
export type { Revision } from './rules.ts';
export type { ToldEvent, ToldPack } from './told.ts';
