import { Ledger } from './ledger.ts';
import { MarkOrder } from './mark-order.ts';
import type { About, Tally } from './oracle.ts';
import {
  boundHolds,
  dueOf,
  given,
  goesOn,
  type Kept,
  plannedAnew,
  stood,
  underOtherMode,
  warnAnew,
} from './plain-clock.ts';
import { limitFault, type Rules } from './rules.ts';
import { strikeAll, unmarkedAfter } from './struck.ts';
import type { ToldBook, ToldClock, ToldData, ToldEvent } from './told.ts';
import { toldMarkFaults } from './told-marks.ts';
import { WhoseTime } from './whose-time.ts';

export type Asked = {
  rulesAt(ms: number): Rules;
  rulesOf(revision: number): Rules | undefined;
  readonly tally: Tally;
  found(event: ToldEvent, clock: string, what: string, about?: About): void;
};

const iso = (ms: number): string => new Date(ms).toISOString();
const sameLimit = (a: ToldClock['limit'], b: ToldClock['limit']): boolean =>
  a.amount === b.amount && a.unit === b.unit;

/** All clocks of one incident, kept by the facts of its history and held against what it says of them. */
export class CaseClocks {
  readonly #asked: Asked;
  readonly #book = new Map<string, Kept>();
  readonly #ledger = new Ledger();
  readonly #order: MarkOrder;
  readonly #time = new WhoseTime();
  /** How each clock stood when an event last told of it. */
  readonly #said = new Map<string, string>();
  #imported = false;
  #atMs = 0;
  /** When the event was recorded: by the pack of then it was decided. */
  #wallMs = 0;

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#order = new MarkOrder(this.#book, this.#ledger, asked);
  }

  take(event: ToldEvent): void {
    this.#asked.tally.events += 1;
    // JSON its own schema has parsed; what the oracle reads of it stands in ToldData.
    const data = event.data as ToldData;
    const fact = event.type.slice(event.type.indexOf('.') + 1);
    this.#wallMs = Date.parse(event.recordedAt);
    if (fact === 'reported') this.#imported = data.incident?.imported === true;
    this.#atMs = Math.max(
      this.#atMs,
      Date.parse(this.#imported ? event.occurredAt : event.recordedAt),
    );
    if (fact === 'went-live') this.#imported = false;
    this.#order.check(event, fact, data, this.#atMs);
    const told = fact === 'reported' ? data.incident?.clocks : data.clocks;
    const standing = this.#stoppedAsTheyStood(told ?? {});
    for (const [name, clock] of standing) this.#stop(event, name, clock);
    const pauses = fact === 'reported' ? data.incident?.pauses : data.pauses;
    if (pauses !== undefined) this.#turn(pauses);
    for (const [name, clock] of Object.entries(told ?? {})) {
      if (!standing.has(name)) this.#move(event, fact, data, name, clock);
      this.#compare(event, fact, name, clock);
    }
    this.#unsaid(event, told ?? {}, pauses !== undefined);
    this.#split(event, data);
  }

  /** Whose time it was, held against the split that archive writes of a round. */
  #split(event: ToldEvent, data: ToldData): void {
    this.#time.take(event, data, this.#atMs);
    const whole = this.#book.get('end-to-end');
    const told = data.facts?.attribution;
    if (told === undefined || whole?.stoppedMs === undefined) return;
    this.#asked.tally.attributions += 1;
    const { startedMs: fromMs, stoppedMs: toMs, late } = whole;
    const wrong = this.#time.fault(told, { fromMs, toMs, dueMs: dueOf(whole), late });
    if (wrong !== undefined) this.#asked.found(event, 'end-to-end', wrong, 'attribution');
  }

  /** What is missing when everything has come to rest. */
  rest(last: ToldEvent, endMs: number): void {
    if (!this.#imported) this.#order.rest(last, endMs);
  }

  /** Those stopped in the middle of a pause, which is judged by its beginning. */
  #stoppedAsTheyStood(told: ToldBook): Map<string, ToldClock> {
    return new Map(
      Object.entries(told).filter(([name, clock]) => {
        const kept = this.#book.get(name);
        const stops = clock.stoppedAt !== undefined && kept?.stoppedMs === undefined;
        return stops && kept?.standsMs !== undefined && clock.pausedAt !== undefined;
      }),
    );
  }

  #turn(pauses: NonNullable<ToldData['pauses']>): void {
    const { ended, opened, revoked } = this.#ledger.turn(pauses);
    this.#asked.tally.pauses += opened.length;
    strikeAll(this.#book, revoked, pauses, this.#atMs, (kept) => this.#count(kept));
    for (const [name, kept] of this.#book) {
      if (kept.stoppedMs !== undefined) continue;
      const over = ended.filter((pause) => pause.clocks.includes(name));
      const held = this.#ledger.open.some((p) => !opened.includes(p) && p.clocks.includes(name));
      if (over.length > 0 && !held && kept.standsMs !== undefined) {
        const { standsMs } = kept;
        const endMs = Math.max(...over.map((pause) => Date.parse(pause.endedAt ?? '')));
        kept.standsMs = undefined;
        stood(kept, standsMs, Math.max(endMs, standsMs), this.#count(kept));
      }
      const begun = opened.filter((pause) => pause.clocks.includes(name));
      if (begun.length === 0 || kept.standsMs !== undefined) continue;
      const from = Math.min(...begun.map((pause) => Date.parse(pause.from)));
      kept.standsMs = Math.max(from, kept.startedMs);
      unmarkedAfter(kept, kept.standsMs);
    }
  }

  #count(kept: Kept) {
    return this.#asked.rulesAt(this.#wallMs).count(kept.limit, kept.calendar, kept.startedMs);
  }

  #move(event: ToldEvent, fact: string, data: ToldData, name: string, told: ToldClock): void {
    const kept = this.#book.get(name);
    const again = kept?.stoppedMs !== undefined && told.stoppedAt === undefined;
    const startedMs = Date.parse(told.startedAt);
    if (
      kept === undefined ||
      kept.startedMs !== startedMs ||
      (again && fact !== 'rework-ordered')
    ) {
      this.#start(event, name, told, startedMs);
      return;
    }
    if (again) this.#rework(kept);
    if (!sameLimit(kept.limit, told.limit) || fact === 'replanned')
      this.#plan(event, name, kept, told);
    if (fact.endsWith('extension-decided') && data.final === true && data.decision === 'grant') {
      this.#asked.tally.extensions += 1;
      given(kept, Date.parse(data.until ?? ''), this.#count(kept));
    }
    kept.boundMs = boundOf(told);
    if (told.stoppedAt !== undefined && kept.stoppedMs === undefined) this.#stop(event, name, told);
  }

  #start(event: ToldEvent, name: string, told: ToldClock, startedMs: number): void {
    this.#asked.tally.clocks += 1;
    if (startedMs !== this.#atMs) {
      this.#asked.found(event, name, `starts at ${told.startedAt}, not at ${iso(this.#atMs)}`);
    }
    this.#limit(event, name, told);
    const count = this.#asked.rulesAt(this.#wallMs).count(told.limit, told.calendar, startedMs);
    const fresh: Kept = {
      startedMs,
      limit: told.limit,
      calendar: told.calendar,
      mode: told.mode,
      revision: told.revision,
      epoch: told.epoch,
      ownMs: count.add(startedMs, count.ms),
      boundMs: boundOf(told),
      standsMs: undefined,
      stoppedMs: undefined,
      late: false,
      warnShare: told.warnShare,
      warnMs: 0,
      amberMs: undefined,
      redMs: undefined,
      promisedMs: 0,
      touchedMs: this.#atMs,
      steps: [],
    };
    fresh.promisedMs = dueOf(fresh);
    const before = this.#book.get(name)?.epoch ?? 0;
    if (told.epoch <= before) {
      this.#asked.found(event, name, `starts in epoch ${told.epoch} after epoch ${before}`);
    }
    this.#book.set(name, fresh);
    if (told.stoppedAt !== undefined) this.#stop(event, name, told);
  }

  /** The limit is the very one its basis names, in the revision and under the mode the clock says. */
  #limit(event: ToldEvent, name: string, told: ToldClock): void {
    const named = this.#asked.rulesOf(told.revision);
    const share = named?.warnShare;
    if (told.warnShare !== undefined && told.warnShare !== share) {
      this.#asked.found(event, name, `warns after ${told.warnShare} of its time, not ${share}`);
    }
    const wrong = limitFault(name, told, named, this.#asked.rulesAt(this.#wallMs));
    if (wrong !== undefined) this.#asked.found(event, name, wrong);
  }

  #rework(kept: Kept): void {
    this.#asked.tally.reworks += 1;
    const { minimumShare } = this.#asked.rulesAt(this.#wallMs);
    const amount = Math.max(0.001, kept.limit.amount * minimumShare);
    const least = { ...kept.limit, amount: minimumShare > 0 ? amount : 0 };
    const leastMs = this.#asked.rulesAt(this.#wallMs).count(least, kept.calendar, this.#atMs).ms;
    goesOn(kept, this.#atMs, leastMs, this.#count(kept));
  }

  #plan(event: ToldEvent, name: string, kept: Kept, told: ToldClock): void {
    this.#asked.tally.replans += 1;
    this.#limit(event, name, told);
    const wasUrgent = kept.limit.unit.startsWith('urgent');
    kept.limit = told.limit;
    kept.calendar = told.calendar;
    kept.revision = told.revision;
    kept.warnShare = told.warnShare;
    if (kept.mode === told.mode) {
      plannedAnew(kept, this.#count(kept), wasUrgent);
      return;
    }
    kept.mode = told.mode;
    const rules = this.#asked.rulesAt(this.#wallMs);
    const begun = told.mode === undefined ? undefined : rules.activation(told.mode);
    const leastShare = begun?.mode.leastShare ?? rules.minimumShare;
    const atMs = Date.parse(event.occurredAt);
    underOtherMode(kept, { atMs, leastShare }, this.#count(kept), wasUrgent);
  }

  #stop(event: ToldEvent, name: string, told: ToldClock): void {
    const kept = this.#book.get(name);
    if (kept === undefined) return;
    this.#asked.tally.verdicts += 1;
    const stoppedMs = Date.parse(told.stoppedAt ?? '');
    if (stoppedMs !== this.#atMs) {
      this.#asked.found(event, name, `stops at ${told.stoppedAt}, not at ${iso(this.#atMs)}`);
    }
    kept.boundMs = boundOf(told);
    const judgedMs = kept.boundMs === undefined ? (kept.standsMs ?? stoppedMs) : stoppedMs;
    const verdict = judgedMs > dueOf(kept) ? 'late' : 'on-time';
    kept.stoppedMs = stoppedMs;
    kept.late = verdict === 'late';
    if (told.verdict !== verdict)
      this.#asked.found(event, name, `is ${verdict}, not ${told.verdict}`, 'verdict');
  }

  /** What the history says of a clock after an event is what the oracle has come to. */
  #compare(event: ToldEvent, fact: string, name: string, told: ToldClock): void {
    const kept = this.#book.get(name);
    if (kept === undefined) return;
    const found = (what: string): void => this.#asked.found(event, name, what);
    this.#asked.tally.deadlines += 1;
    if (kept.stoppedMs === undefined && !fact.startsWith('clock-'))
      warnAnew(kept, this.#count(kept));
    const dueMs = dueOf(kept);
    const { dueAt, pausedAt, epoch } = told;
    if (Date.parse(dueAt) !== dueMs) found(`is due at ${iso(dueMs)}, not at ${dueAt}`);
    for (const [what, about] of toldMarkFaults(kept, told)) {
      this.#asked.found(event, name, what, about);
    }
    if ((pausedAt === undefined) !== (kept.standsMs === undefined)) {
      found(
        pausedAt === undefined ? 'stands, and is not paused' : 'is paused, and nothing holds it',
      );
    }
    if (Date.parse(told.firstDueAt) !== kept.promisedMs) {
      found(`was first promised for ${iso(kept.promisedMs)}, not ${told.firstDueAt}`);
    }
    if (epoch < kept.epoch) found(`is in epoch ${epoch}, after epoch ${kept.epoch}`);
    kept.epoch = epoch;
    kept.touchedMs = this.#atMs;
    this.#said.set(name, saidOf(kept));
    this.#known(event, name, kept, told);
  }

  /** Provisional is what rests on years nobody knows the holidays of. */
  #known(event: ToldEvent, name: string, kept: Kept, told: ToldClock): void {
    const { boundMs, stoppedMs, ownMs, startedMs, limit, calendar } = kept;
    if (stoppedMs !== undefined || (boundMs !== undefined && boundHolds(kept, boundMs))) return;
    const known = this.#asked.rulesAt(this.#wallMs).knows(limit, calendar, startedMs, ownMs);
    if (known !== (told.provisional !== true)) {
      this.#asked.found(event, name, known ? 'is called provisional' : 'is not called provisional');
    }
  }

  /** A pause that moves a clock has to say so in the event it begins or ends with. */
  #unsaid(event: ToldEvent, told: ToldBook, turned: boolean): void {
    if (!turned) return;
    for (const [name, kept] of this.#book) {
      if (name in told || kept.stoppedMs !== undefined) continue;
      if (this.#said.get(name) !== saidOf(kept)) {
        this.#asked.found(event, name, 'stands or goes on, and the event does not say so');
      }
    }
  }
}

const boundOf = ({ bound }: ToldClock): number | undefined =>
  bound === undefined ? undefined : Date.parse(bound.at);
const saidOf = (kept: Kept): string => `${dueOf(kept)}/${kept.standsMs === undefined}`;
