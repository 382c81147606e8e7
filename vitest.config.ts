import { defineConfig } from 'vitest/config';

const ROOTS = '{packages,services}/*';
const SERVERS = 'packages/servers/test/global-setup.ts';

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: [`${ROOTS}/src/**/*.test.ts`, 'infra/**/*.test.mjs'],
          // Properties and simulations count, and a machine may be busy with other things.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [`${ROOTS}/test/**/*.int.test.ts`],
          globalSetup: [SERVERS],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: [`${ROOTS}/test/**/*.e2e.test.ts`],
          globalSetup: [SERVERS],
          // Each runs a whole system on its own: two at once would measure each other.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
