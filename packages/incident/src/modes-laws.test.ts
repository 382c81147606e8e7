import { filed, reported, story } from '@cityloop/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { active, clockOf, local, nudged, policy, replans } from '../test/modes-fixture.ts';
import type { Policy } from './index.ts';

describe('laws of modes', () => {
  const minute = (n: number) => new Date(Date.parse(local('09:00')) + n * 60_000).toISOString();
  const window = fc
    .tuple(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 600 }))
    .map(([from, length]) => ({
      from: minute(from),
      until: minute(from + length),
      end: from + length,
    }));

  it('a mode that came and went is as if it never was, for what starts after it', () => {
    fc.assert(
      fc.property(
        window,
        fc.constantFrom('keep', 'replan'),
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        (w, openClocks, factor) => {
          const limits = [{ id: 'all', clocks: ['accept', 'end-to-end', 'dispatch'], factor }];
          const { from, until } = w;
          const after = policy(active({ openClocks, limits }, { from, until, approvedAt: from }));
          const tell = (under: Policy) => filed(reported(story().under(under).at(until)));
          expect(tell(after).incident.clocks).toEqual(tell(policy()).incident.clocks);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives open clocks the ordinary due back, unless that lies too near', () => {
    fc.assert(
      fc.property(window, fc.double({ min: 0.1, max: 9, noNaN: true }), (w, factor) => {
        const limits = [{ id: 'all', clocks: ['end-to-end'], factor }];
        const { from, until } = w;
        const on = policy(active({ limits }, { from, until, approvedAt: from }));
        const plain = filed(reported(story()));
        const told = nudged(nudged(plain.under(on).at(from)).at(until));
        const clock = clockOf(told, 'end-to-end');
        if (clock.redAt !== undefined) return;
        const ordinary = clockOf(plain, 'end-to-end').dueAt;
        expect(clock.dueAt >= ordinary).toBe(true);
        if (clock.extensions === undefined) expect(clock.dueAt).toBe(ordinary);
      }),
      { numRuns: 40 },
    );
  });

  it('settles the same in one step as in many', () => {
    fc.assert(
      fc.property(
        window,
        fc.array(fc.integer({ min: 0, max: 1300 }), { maxLength: 6 }),
        (w, looks) => {
          const { from, until } = w;
          const on = policy(active({}, { from, until, approvedAt: from }));
          const plain = filed(reported(story())).under(on);
          const end = plain.at(minute(1300));
          const stepwise = looks
            .toSorted((a, b) => a - b)
            .reduce((told, at) => nudged(told.at(minute(at))), plain);
          const many = nudged(stepwise.at(minute(1300)));
          const one = nudged(end);
          expect(replans(many)).toEqual(replans(one));
          expect(clockOf(many, 'end-to-end').dueAt).toBe(clockOf(one, 'end-to-end').dueAt);
          expect(clockOf(many, 'dispatch').redAt).toBe(clockOf(one, 'dispatch').redAt);
        },
      ),
      { numRuns: 40 },
    );
  });
});
