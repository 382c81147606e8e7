import { type IncidentCommand, ownerOf, stages, verbs } from '@cityloop/contracts';
import { createContext } from '@cityloop/incident';
import { describe, expect, it } from 'vitest';
import { filed, people, rulesOf, testPolicy } from './index.ts';

describe('the rules of a stage', () => {
  it('refuse every verb of another stage', () => {
    const { incident } = filed();
    const nowMs = Date.parse(incident.recordedAt);
    const ctx = createContext({ nowMs, policy: testPolicy(), subject: people.supervisor });
    for (const stage of stages) {
      for (const verb of verbs.filter((v) => ownerOf(v) !== stage)) {
        // A body nobody looks at: the verb alone is refused.
        const command = { verb, body: {} } as IncidentCommand;
        const decide = () => rulesOf[stage].decide(command, incident, ctx);
        expect(decide, `${stage} ${verb}`).toThrow(expect.objectContaining({ code: 'NOT_HERE' }));
      }
    }
  });
});
