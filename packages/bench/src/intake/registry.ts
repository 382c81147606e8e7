import type { Entry, IntakeArm } from '../arm.ts';

const fastify = () => import('./fastify-arms.ts');

/** Every arm of the intake by its short name, in the order of the report. */
export const intakeArms = {
  hello: { name: 'fastify hello', load: async () => (await fastify()).fastifyHello() },
  zod: { name: 'fastify + zod', load: async () => (await fastify()).fastifyZod() },
  insert: {
    name: 'fastify + zod + one Postgres insert',
    load: async () => (await fastify()).fastifyInsert(),
  },
  ours: {
    name: 'CityLoop POST /api/v1/incidents',
    load: async () => (await import('../ours/intake-arm.ts')).ours(),
  },
} as const satisfies Record<string, Entry<IntakeArm>>;

/** Short name of an arm of the intake. */
export type IntakeArmName = keyof typeof intakeArms;

/** Whether a word of the command line names an arm. */
export function isIntakeArm(name: string): name is IntakeArmName {
  return Object.hasOwn(intakeArms, name);
}
