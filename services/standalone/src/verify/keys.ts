import { type Stage, stageOf, stages } from '@cityloop/contracts';
import { isEnded } from '@cityloop/incident';
import { type Queryable, statement } from '@cityloop/postgres';
import { z } from 'zod';
import type { Findings } from './findings.ts';
import type { History, Step } from './history.ts';
import { Seen } from './seen.ts';
import { intake, msOf, schemaOf } from './tables.ts';

/** Answers are kept seven days; within this time of it one may just have been tidied away. */
const KEPT_MS = (7 * 24 - 2) * 3_600_000;
const PAGE = 5_000;

const Answer = z.object({
  id: z.uuid(),
  number: z.string(),
  version: z.int().positive(),
  status: z.string(),
  custodian: z.string(),
});

/** What is kept of a command that was refused. */
const Refusal = z.object({ refused: z.object({ code: z.string() }) });

type Keyed = { readonly key: string; readonly step: Step; readonly history: History };

const born = statement(
  `select incident_id from incident_event
   where version = 1 and strpos(body, $1) > 0 order by incident_id limit 2`,
);
const sources = statement(
  `select s.channel, s.number, s.incident_id
   from unnest($1::text[], $2::text[]) as g (channel, number)
   join ${intake}.source s using (channel, number)`,
);
const clock = statement(`select ${msOf('now()')} as ms`);

/** I1: what was accepted exists, once: keys and their answers, source numbers, human numbers. */
export class KeyCheck {
  readonly #db: Queryable;
  readonly #findings: Findings;
  readonly #nowMs: number;
  readonly #births = new Seen();
  readonly #numbers = new Seen();

  private constructor(db: Queryable, findings: Findings, nowMs: number) {
    this.#db = db;
    this.#findings = findings;
    this.#nowMs = nowMs;
  }

  static async start(db: Queryable, findings: Findings): Promise<KeyCheck> {
    const [row] = await db.query<{ ms: number }>(clock);
    return new KeyCheck(db, findings, row?.ms ?? 0);
  }

  /** One page of histories. */
  async take(histories: readonly History[]): Promise<void> {
    const keyed: Keyed[] = [];
    for (const history of histories) {
      await this.#once(history);
      keyed.push(...this.#keysOf(history));
    }
    for (const stage of stages) {
      const recent = keyed.filter(({ step }) => this.#isKept(step, stage));
      if (recent.length > 0) await this.#answered(stage, recent);
    }
    await this.#fromSources(histories);
  }

  #isKept({ event }: Step, stage: Stage): boolean {
    return stageOf(event.type) === stage && this.#nowMs - Date.parse(event.recordedAt) < KEPT_MS;
  }

  /** No two births by one key, no two incidents of one number. */
  async #once(history: History): Promise<void> {
    const [first] = history.steps;
    if (first?.event.type !== 'intake.reported') return;
    const { key, incident } = first.event.data;
    this.#findings.looked('I1', 'incidents');
    this.#findings.looked('I3', 'numbers');
    if (key !== undefined && this.#births.add(key)) {
      await this.#doubled('I1', `"key":${JSON.stringify(key)}`, 'were born of one command');
    }
    if (this.#numbers.add(incident.number)) {
      const what = `have the number ${incident.number}`;
      await this.#doubled('I3', `"number":${JSON.stringify(incident.number)}`, what);
    }
  }

  async #doubled(invariant: 'I1' | 'I3', needle: string, what: string): Promise<void> {
    if (!this.#findings.hasRoom(invariant)) return;
    const [one, other] = await this.#db.query<{ incident_id: string }>({
      ...born,
      values: [needle],
    });
    if (one === undefined || other === undefined) return;
    this.#findings.found(invariant, `this one and ${one.incident_id} ${what}`, {
      incidentId: other.incident_id,
    });
  }

  #keysOf(history: History): Keyed[] {
    const keys = new Map<string, Keyed>();
    for (const step of history.steps) {
      const told = step.event.data.key;
      if (told === undefined) continue;
      // Behind the point: what the key stands for, see `travellingKey`.
      const key = told.slice(0, told.indexOf('.'));
      const earlier = keys.get(key);
      if (earlier === undefined) keys.set(key, { key, step, history });
      else {
        const what = `the command of version ${earlier.step.event.version} was done a second time`;
        const { incidentId, version } = step.event;
        this.#findings.found('I1', what, { incidentId, version });
      }
    }
    return [...keys.values()];
  }

  /** Every command on record still has its answer, and the answer is what came of it. */
  async #answered(stage: Stage, keyed: readonly Keyed[]): Promise<void> {
    const rows = await this.#db.query<{ key: string; answer: string }>({
      text: `select key, answer from ${schemaOf(stage)}.command_key where key = any($1::text[])`,
      values: [keyed.map(({ key }) => key)],
    });
    const answers = new Map(rows.map((row) => [row.key, row.answer]));
    for (const { key, step, history } of keyed) {
      this.#findings.looked('I1', 'commands with a key');
      const { incidentId, version } = step.event;
      const text = answers.get(key);
      const refusal = text === undefined ? undefined : refusalIn(text);
      if (refusal !== undefined) {
        const what = `its command was refused with ${refusal}, and done`;
        this.#findings.found('I9', what, { incidentId, version });
        continue;
      }
      const wrong =
        text === undefined
          ? `${stage} no longer has the answer: a repeat would do it again`
          : wrongAnswer(text, step, history);
      if (wrong !== undefined) this.#findings.found('I1', wrong, { incidentId, version });
    }
  }

  /** The number a source gave stands for one open incident. */
  async #fromSources(histories: readonly History[]): Promise<void> {
    const named = histories.flatMap(({ steps }) => {
      const state = steps.at(-1)?.after;
      return state?.externalNumber === undefined
        ? []
        : [{ ...state, number: state.externalNumber }];
    });
    if (named.length === 0) return;
    this.#findings.looked('I1', 'source numbers', named.length);
    const rows = await this.#db.query<{ channel: string; number: string; incident_id: string }>({
      ...sources,
      values: [named.map((s) => s.channel), named.map((s) => s.number)],
    });
    const holders = new Map(rows.map((r) => [`${r.channel}/${r.number}`, r.incident_id]));
    for (const state of named) {
      const holder = holders.get(`${state.channel}/${state.number}`);
      // One that has ended or was reopened by hand may have given its number on.
      if (holder === state.id || isEnded(state) || state.counters.reopens > 0) continue;
      const who = holder === undefined ? 'nobody' : holder;
      const what = `its source number ${state.channel} ${state.number} stands for ${who}`;
      this.#findings.found('I1', what, { incidentId: state.id, version: state.version });
    }
  }

  /** Every answer that was given leads to an incident and a version that exist. */
  async lead(): Promise<void> {
    for (const stage of stages) {
      let after = '';
      for (;;) {
        const rows = await this.#db.query<{ key: string; answer: string }>({
          text: `select key, answer from ${schemaOf(stage)}.command_key
                 where key > $1 order by key limit ${PAGE}`,
          values: [after],
        });
        await this.#leadsSomewhere(stage, rows);
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) break;
        after = last.key;
      }
    }
  }

  async #leadsSomewhere(
    stage: Stage,
    rows: readonly { readonly key: string; readonly answer: string }[],
  ): Promise<void> {
    this.#findings.looked('I1', 'answers', rows.length);
    const answers = rows.flatMap(({ key, answer }) => {
      const told = parseJson(answer);
      const parsed = Answer.safeParse(told);
      if (parsed.success) return [{ key, ...parsed.data }];
      if (Refusal.safeParse(told).success) {
        this.#findings.looked('I9', 'refusals');
        return [];
      }
      this.#findings.found('I1', `the answer ${stage} keeps under ${key} cannot be read`);
      return [];
    });
    const missing = await this.#db.query<{ key: string; id: string; version: number }>({
      text: `select g.key, g.id, g.version
             from unnest($1::text[], $2::uuid[], $3::int[]) as g (key, id, version)
             where not exists (select from incident_event e
                               where e.incident_id = g.id and e.version = g.version)`,
      values: [answers.map((a) => a.key), answers.map((a) => a.id), answers.map((a) => a.version)],
    });
    for (const { key, id, version } of missing) {
      const what = `${stage} answered the command ${key} with this version, which does not exist`;
      this.#findings.found('I1', what, { incidentId: id, version });
    }
  }
}

function refusalIn(text: string): string | undefined {
  const refusal = Refusal.safeParse(parseJson(text));
  return refusal.success ? refusal.data.refused.code : undefined;
}

function wrongAnswer(text: string, step: Step, { steps }: History): string | undefined {
  const told = parseJson(text);
  const parsed = Answer.safeParse(told);
  // Said of the answers themselves already.
  if (!parsed.success) return undefined;
  const { id, number, version, status, custodian } = parsed.data;
  const { event } = step;
  if (id !== event.incidentId) return `its command was answered with another incident, ${id}`;
  if (version < event.version)
    return `its command was answered with an earlier version, ${version}`;
  const then = steps.find((s) => s.event.version === version)?.after;
  if (then === undefined) return undefined;
  const same = then.number === number && then.status === status && then.custodian === custodian;
  return same ? undefined : `its answer says ${number} ${status} at ${custodian}, which is not so`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
