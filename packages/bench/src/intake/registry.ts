import type { IntakeArm } from '../arm.ts';
import { ours } from '../ours/intake-arm.ts';
import { fastifyHello, fastifyInsert, fastifyZod } from './fastify-arms.ts';

/** Every arm of the intake by its short name, in the order of the report. */
export const intakeArms = {
  hello: fastifyHello,
  zod: fastifyZod,
  insert: fastifyInsert,
  ours,
} as const satisfies Record<string, () => IntakeArm>;

/** Short name of an arm of the intake. */
export type IntakeArmName = keyof typeof intakeArms;

/** Whether a word of the command line names an arm. */
export function isIntakeArm(name: string): name is IntakeArmName {
  return Object.hasOwn(intakeArms, name);
}
