import {
  DistrictPack,
  type ModeActivation,
  type PackSection,
  type PolicyRevision,
} from '@cityloop/contracts';
import { compilePolicy, type Policy } from '@cityloop/incident';
import { fromIso, RecentMap } from '@cityloop/kernel';

/** One edition of what the district has decided: the pack, and compiled for asking. */
export type Edition = { readonly policy: Policy; readonly pack: DistrictPack };

/** All editions there have been: what a deadline of two years ago was computed by. */
export type PolicyHistory = {
  /** The revisions in force at or before an instant (ms), the newest first. */
  upTo(ms: number): readonly number[];
  /** The edition that ended with this revision; undefined when none did. */
  at(revision: number): Edition | undefined;
};

type Kept = {
  readonly revision: number;
  readonly timingRevision: number;
  readonly fromMs: number;
  readonly sections: { readonly [S in PackSection]?: unknown };
  readonly activations: readonly ModeActivation[];
};

/** Compiled ones kept, at least; a compilation takes some tens of milliseconds. */
const KEPT = 8;

/**
 * Remembers editions as they are published: the sections only, which later editions share as far as they
 * did not change them. One is compiled when it is asked for.
 */
export function createPolicyHistory(): PolicyHistory & {
  add(
    last: PolicyRevision,
    sections: Kept['sections'],
    timingRevision: number,
    activations: readonly ModeActivation[],
  ): void;
} {
  const editions: Kept[] = [];
  const compiled = new RecentMap<number, Edition>(KEPT);
  return {
    add({ revision, effectiveFrom }, sections, timingRevision, activations) {
      const fromMs = fromIso(effectiveFrom);
      const kept = { revision, timingRevision, fromMs, sections: { ...sections }, activations };
      editions.push(kept);
    },
    upTo: (ms) =>
      editions
        .filter(({ fromMs }) => fromMs <= ms)
        .map(({ revision }) => revision)
        .toReversed(),
    at(revision) {
      const known = compiled.get(revision);
      if (known !== undefined) return known;
      const kept = editions.find((edition) => edition.revision === revision);
      if (kept === undefined) return undefined;
      const pack = DistrictPack.parse(kept.sections);
      const { timingRevision, activations } = kept;
      const policy = compilePolicy(pack, revision, timingRevision, activations);
      const edition = { pack, policy };
      compiled.set(revision, edition);
      return edition;
    },
  };
}
