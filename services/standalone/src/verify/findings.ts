/** What a run is held to. The wording is what the report prints. */
export const invariants = {
  I1: '受理不丢不重 / what was accepted exists, once',
  I2: '一版一事件一账 / one event a version, word for word as the ledger has sealed it',
  I3: '路径合法 / a legal path: custody, versions, statuses, dossiers, numbers',
  I4: '日志有序 / the log is dense and in order',
  I5: '投影等于折叠 / every projection equals the fold of the log',
  I6: '时限有标 / every deadline is marked once, or its alarm is armed',
  I7: '账链可验 / the ledger verifies from its first block to its last',
  I8: '没有滞留 / nothing is stuck: unread, unpublished, set aside, asked without an answer',
  I9: '一令一果 / every command has one end: done or refused, never both',
  I10: '时限可复算 / every deadline, and whose time it was, comes out the same by plain arithmetic on its history',
} as const;
export type InvariantId = keyof typeof invariants;

/** Where a finding was made; absent when it is about no single incident. */
export type Where = {
  readonly incidentId?: string | undefined;
  readonly version?: number | undefined;
};
export type Finding = Where & { readonly what: string };

/** What one invariant has come to. */
export type Verdict = {
  readonly id: InvariantId;
  readonly title: string;
  /** How much was looked at, by what it was. */
  readonly looked: Readonly<Record<string, number>>;
  /** How many violations there are; `findings` has the first of them. */
  readonly found: number;
  readonly findings: readonly Finding[];
};

/** The most findings kept of one invariant: the first ones tell, the rest is counted. */
const KEPT = 20;

type Tally = { readonly looked: Map<string, number>; found: number; readonly findings: Finding[] };

/** Collects what a check looks at and finds; keeps the same little memory however much that is. */
export class Findings {
  readonly #tallies = new Map<InvariantId, Tally>();
  readonly #notes: string[] = [];

  #of(id: InvariantId): Tally {
    const known = this.#tallies.get(id);
    if (known !== undefined) return known;
    const fresh: Tally = { looked: new Map(), found: 0, findings: [] };
    this.#tallies.set(id, fresh);
    return fresh;
  }

  /** Counts `n` more things that were looked at. */
  looked(id: InvariantId, at: string, n = 1): void {
    const { looked } = this.#of(id);
    looked.set(at, (looked.get(at) ?? 0) + n);
  }

  /** A violation. */
  found(id: InvariantId, what: string, where: Where = {}): void {
    const tally = this.#of(id);
    tally.found += 1;
    if (tally.findings.length < KEPT) tally.findings.push({ ...where, what });
  }

  /** Whether there is room for one more finding: what is dear to look up need not be, otherwise. */
  hasRoom(id: InvariantId): boolean {
    return this.#of(id).findings.length < KEPT;
  }

  /** Something to know that is no violation. */
  note(text: string): void {
    this.#notes.push(text);
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  verdicts(): readonly Verdict[] {
    return Object.entries(invariants).map(([key, title]) => {
      const id = key as InvariantId; // a key of the very table it was taken from
      const { looked, found, findings } = this.#of(id);
      return { id, title, looked: Object.fromEntries(looked), found, findings };
    });
  }
}
