/** What each command runs, below the root of the project. */
export const commands = {
  start: 'services/standalone/src/main.ts',
  cluster: 'services/cluster/src/main.ts',
  test: 'infra/setup/test.mjs',
  check: 'infra/setup/check.mjs',
  import: 'packages/importer/src/main.ts',
  'verify-run': 'services/standalone/src/verify-run.ts',
  clocks: 'services/standalone/src/clocks.ts',
  pack: 'services/standalone/src/pack.ts',
  log: 'services/standalone/src/log.ts',
  sim: 'packages/testing/src/sim.ts',
  contracts: 'packages/testing/src/contracts.ts',
  chaos: 'packages/chaos/src/main.ts',
  bench: 'packages/bench/src/main.ts',
};
