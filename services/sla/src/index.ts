export { type Sla, type SlaServices, startSla } from './service.ts';
