export { handlingRules } from './domain/rules.ts';
export { startHandling } from './service.ts';
