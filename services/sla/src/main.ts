import { type Stage, stages } from '@cityloop/contracts';
import { loadConfig } from '@cityloop/runtime';
import {
  ask,
  holderOf,
  laddersTurn,
  noticeMethods,
  policyOf,
  readiness,
  remoteStage,
  runningMetrics,
  runService,
  type StageDoor,
} from '@cityloop/service';
import { Config } from './config.ts';
import { waysOf } from './sending/ways.ts';
import { startSla } from './service.ts';

await runService({
  name: 'sla',
  settings: () => loadConfig(Config, process.env),
  async start(world) {
    const { db, log, logger, metrics, parts, peers } = world;
    const policies = await policyOf(world);
    const entries = stages.map((stage) => [stage, remoteStage(peers.of(stage))]);
    // One for each of the stages.
    const doors = Object.fromEntries(entries) as Record<Stage, StageDoor>;
    const sla = parts.use(
      await startSla({
        ...{ db, log, policies, logger, metrics, ways: waysOf(world.settings) },
        holder: (id) => holderOf(doors, id),
        ask: (given) => ask(doors, given),
      }),
    );
    const readers = { sla: sla.reader };
    runningMetrics(metrics, { stages: {}, readers });
    return {
      methods: noticeMethods(sla.door),
      ready: [...readiness(db, { stages: {}, readers }), laddersTurn(sla.ladders)],
    };
  },
});
