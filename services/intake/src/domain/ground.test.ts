import { people, places, story } from '@cityloop/testing';
import { describe, it } from 'vitest';

const { clerk } = people;

describe('a report with an address only', () => {
  const row = { categoryCode: 'C01-02', standardId: 'C01-02.1' };
  const words = { location: { address: '控江路 1 号' } };

  it('is not filed before somebody says whose ground it is', () => {
    const told = story().report(words);
    told.when(clerk, 'file', row).thenRefused('GROUND_MISSING');
    const amended = told.give(clerk, 'amend', {
      reasonCode: 'category-wrong',
      location: { ...words.location, ...places.grid },
    });
    amended
      .give(clerk, 'file', row)
      .when(people.dispatcher, 'pass-down')
      .thenState({ centreId: '310110019' });
    story()
      .whenReported({ ...words, categoryCode: 'E04-93', channel: 'sensor' })
      .thenEmits('intake.reported');
  });

  it('does not hold up what is urgent, nor what is told of the past', () => {
    story()
      .whenReported({ ...words, categoryCode: 'E05-02' })
      .thenEmits('intake.reported', 'intake.filed', 'dispatch.assigned');
    const occurredAt = '2024-05-06T10:00:00+08:00';
    story()
      .report({ ...words, occurredAt }, people.admin)
      .when(clerk, 'file', { ...row, occurredAt })
      .thenEmits('intake.filed');
  });
});
