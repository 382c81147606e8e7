export { verificationRules } from './domain/rules.ts';
export { startVerification } from './service.ts';
