import { people } from './people.ts';
import { type Story, story } from './story.ts';

/*
 * The way of an ordinary case of the district, a damaged manhole cover, as far as a test needs it. Each
 * is made anew from the one before, at nine on a Monday morning.
 */

const photo = { attachments: ['photo-after'] };

export const reported = (from: Story = story()): Story =>
  from.report({ categoryCode: 'C01-02' }, people.clerk);

/** Filed under a row of four working hours that demands a photo. */
export const filed = (from: Story = reported()): Story =>
  from.give(people.clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.1' });

export const assigned = (from: Story = filed()): Story =>
  from.give(people.dispatcher, 'assign', { unitId: 'roads' });

export const received = (from: Story = assigned()): Story =>
  from.give(people.roadsMember, 'receive');

/** With a photo of its own: one that was shown before proves nothing. */
export const finished = (from: Story = received()): Story =>
  from.give(people.roadsMember, 'finish', {
    result: 'resolved',
    attachments: [`after-${from.incident.version}`],
  });

export const confirmed = (from: Story = finished()): Story =>
  from.give(people.roadsLeader, 'confirm');

/** Checked and, since nobody waits for an answer, closed by rule. */
export const closed = (from: Story = confirmed()): Story =>
  from.give(people.verifier, 'check', { outcome: 'pass' });

/** The same case with a caller who wants to be answered. */
export const reportedByCaller = (from: Story = story()): Story =>
  from.report({ categoryCode: 'C01-02', reporter: { wantsReply: true } }, people.seat);

/** A caller's case, answered by the unit, checked: waits for its call-back. */
export const toClose = (): Story =>
  received(assigned(filed(reportedByCaller())))
    .give(people.roadsMember, 'finish', { result: 'resolved', answer: '已更换井盖', ...photo })
    .give(people.roadsLeader, 'confirm')
    .give(people.verifier, 'check', { outcome: 'pass' });

/** A case of the western subdistrict alone: reported and filed at its own door. */
export const filedInWest = (from: Story = story()): Story =>
  from
    .report({ categoryCode: 'E01-10', channel: 'grid-worker' }, people.westGrid)
    .give(people.westClerk, 'file', { categoryCode: 'E01-10', standardId: 'E01-10.1' });

/** The unit has returned it for the first time. */
export const returned = (from: Story = received()): Story =>
  from.give(people.roadsLeader, 'return', { reasonCode: 'not-our-duty', basis: '权属在小区' });
