export { waysOf } from './sending/ways.ts';
export { type Sla, type SlaServices, startSla } from './service.ts';
