export { dispatchRules } from './domain/rules.ts';
export { startDispatch } from './service.ts';
