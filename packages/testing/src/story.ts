import {
  commandBodies,
  type Incident,
  type IncidentCommand,
  ReportBody,
  type Subject,
  systemSubject,
  type Verb,
} from '@cityloop/contracts';
import type { Policy } from '@cityloop/incident';
import { CityLoopError, fromIso } from '@cityloop/kernel';
import { expect } from 'vitest';
import {
  bear,
  command,
  emptyWorld,
  incidentIn,
  nudge,
  type Step,
  throwIfRefused,
  type World,
} from './loop.ts';
import { places, testPolicy } from './pack.ts';
import { people } from './people.ts';

/** A body as a person sends it: checked by the contract before any rule sees it. */
type Sent<V extends Verb> = Partial<Extract<IncidentCommand, { verb: V }>['body']>;

/** A Monday morning, when every calendar is open. */
export const MONDAY_NINE = '2026-03-02T09:00:00+08:00';

/** What a command led to. */
export type Outcome = {
  /** Exactly these events, in order, whoever recorded them. */
  thenEmits(...types: string[]): Story;
  /** Answers the story as the refusal leaves it: what had come due was settled all the same. */
  thenRefused(code: string): Story;
  /** The incident looks like this now (members not named do not matter). */
  thenState(like: object): Story;
  readonly story: Story;
};

/**
 * A story of incidents told to the real rules of all five stages, custody and wire included. Never
 * changed: every step answers a new story, so that many tests may begin with the same one.
 */
export class Story {
  readonly world: World;
  /** The incident the story is about: the last one reported, unless `about` says another. */
  readonly id: string;

  constructor(world: World, id = '') {
    this.world = world;
    this.id = id;
  }

  get incident(): Incident {
    return incidentIn(this.world, this.id);
  }

  /** All that was recorded about the incident. */
  get events(): World['log'] {
    return this.world.log.filter((event) => event.incidentId === this.id);
  }

  get types(): string[] {
    return this.events.map((event) => event.type);
  }

  /** Sets the time, ISO 8601. */
  at(time: string): Story {
    return new Story({ ...this.world, nowMs: fromIso(time) }, this.id);
  }

  /** Lets time pass. */
  later(minutes: number): Story {
    return new Story({ ...this.world, nowMs: this.world.nowMs + minutes * 60_000 }, this.id);
  }

  under(policy: Policy): Story {
    return new Story({ ...this.world, policy }, this.id);
  }

  about(id: string): Story {
    return new Story(this.world, id);
  }

  /** A report, which has to be taken. */
  report(body: Partial<ReportBody> = {}, by: Subject = people.clerk): Story {
    return this.whenReported(body, by).story;
  }

  whenReported(body: Partial<ReportBody> = {}, by: Subject = people.clerk, key?: string): Outcome {
    const whole = ReportBody.parse({
      channel: 'hotline-12345',
      description: '井盖破损，有坠落危险',
      location: places.west,
      ...body,
    });
    const step = bear(this.world, whole, { subject: by, key });
    return outcomeOf(step, step.id);
  }

  /** A command, which has to be accepted. */
  give<V extends Verb>(by: Subject, verb: V, body?: Sent<V>): Story {
    return this.when(by, verb, body).story;
  }

  when<V extends Verb>(
    by: Subject,
    verb: V,
    body?: Sent<V>,
    rest: { readonly key?: string; readonly ifMatch?: number } = {},
  ): Outcome {
    const parsed = commandBodies[verb].parse(body ?? {});
    // The body was parsed by the schema that stands under this very verb.
    const given = { verb, body: parsed } as IncidentCommand;
    return outcomeOf(command(this.world, this.id, given, { subject: by, ...rest }), this.id);
  }

  /** What another service asks, as `system`. */
  whenAsked(given: IncidentCommand): Outcome {
    return outcomeOf(command(this.world, this.id, given, { subject: systemSubject }), this.id);
  }

  /** An alarm rings. */
  whenNudged(): Outcome {
    return outcomeOf(nudge(this.world, this.id), this.id);
  }

  /** Every open ask reaches its holder, and its answer the one who asked. */
  whenAsksAreAnswered(): Outcome {
    const { asks } = this.world;
    let step: Step = { world: { ...this.world, asks: [] }, events: [] };
    const events = [];
    for (const { incidentId, verb, body, about } of asks) {
      // Made by our own rules of the very body that stands in it.
      const given: unknown = JSON.parse(body);
      const ask = { verb, body: given } as IncidentCommand;
      step = command(step.world, incidentId, ask, { subject: systemSubject });
      events.push(...step.events);
      const code = codeOf(step.refusal);
      step = command(step.world, about, conclusion(verb, incidentId, code), {
        subject: systemSubject,
      });
      events.push(...step.events);
    }
    return outcomeOf({ ...step, events }, this.id);
  }
}

/** What the service that asked does with the answer of the one it asked. */
export function conclusion(
  verb: string,
  incidentId: string,
  code: string | undefined,
): IncidentCommand {
  const done = code === undefined;
  const why = done ? {} : { code };
  return verb === 'release'
    ? { verb: 'conclude-unmerge', body: { from: incidentId, released: done, ...why } }
    : { verb: 'conclude-merge', body: { into: incidentId, absorbed: done, ...why } };
}

function codeOf(refusal: unknown): string | undefined {
  if (refusal === undefined) return undefined;
  return refusal instanceof CityLoopError ? refusal.code : String(refusal);
}

function outcomeOf(step: Step, id: string): Outcome {
  const accepted = (): Story => {
    throwIfRefused(step);
    return new Story(step.world, id);
  };
  return {
    thenEmits(...types) {
      const story = accepted();
      expect(step.events.map((event) => event.type)).toEqual(types);
      return story;
    },
    thenRefused(code) {
      expect(step.refusal, 'it was accepted').toBeDefined();
      expect(step.refusal).toMatchObject({ code });
      return new Story(step.world, id);
    },
    thenState(like) {
      const story = accepted();
      expect(story.incident).toMatchObject(like);
      return story;
    },
    get story() {
      return accepted();
    },
  };
}

/** A story that begins on a Monday morning in the test district. */
export function story(policy: Policy = testPolicy()): Story {
  return new Story(emptyWorld(policy, fromIso(MONDAY_NINE)));
}
