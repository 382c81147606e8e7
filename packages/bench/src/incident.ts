import { uuidv7 } from '@cityloop/kernel';

/** The one piece of work that every arm carries through its six stages: about 330 bytes of JSON. */
export type Incident = {
  readonly id: string;
  readonly number: string;
  readonly channel: string;
  readonly categoryCode: string;
  readonly description: string;
  readonly location: { readonly lon: number; readonly lat: number; readonly crs: 'WGS84' };
  readonly gridCode: string;
  readonly reportedAt: string;
};

/** How many stages an incident passes, from 统一受理 to 评价归档. */
export const STAGES = 6;

/** `count` new incidents with ascending ids. */
export function makeIncidents(count: number): readonly Incident[] {
  return Array.from({ length: count }, (_, index) => ({
    id: uuidv7(),
    number: `310110-20261121-${String(index).padStart(6, '0')}`,
    channel: 'grid-worker',
    categoryCode: 'E-0203',
    description: `Bags of rubbish beside the bins at lane ${index % 900}, blocking the pavement`,
    location: { lon: 121.49 + (index % 997) / 1e5, lat: 31.3 + (index % 991) / 1e5, crs: 'WGS84' },
    gridCode: '310110009001',
    reportedAt: new Date().toISOString(),
  }));
}
