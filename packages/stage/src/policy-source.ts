import type { Policy } from '@cityloop/incident';

/** Where a service gets the district's policy from, as revisions. */
export type PolicySource = {
  /** The revision in force here; throws before the first one is known. */
  current(): Policy;
  /** Resolves once this revision or a newer one is known. */
  atLeast(revision: number): Promise<void>;
  /** Called after each new edition has come into force; the result takes the listener off. */
  onChange(listen: (policy: Policy) => void): () => void;
};
