import { loadConfig } from '@cityloop/runtime';
import {
  feedStream,
  pictureMethods,
  policyOf,
  readiness,
  replayMethod,
  runningMetrics,
  runService,
} from '@cityloop/service';
import { Config } from './config.ts';
import { pictureDoor } from './door.ts';
import { openMetrics } from './open-metrics.ts';
import { startMonitor } from './service.ts';

await runService({
  name: 'monitor',
  settings: () => loadConfig(Config, process.env),
  async start(world) {
    const { db, log, shared, logger, metrics, parts } = world;
    const policies = await policyOf(world);
    const policy = () => policies.current();
    const monitor = parts.use(await startMonitor({ db, log, shared, logger, policy }));
    const { filler } = monitor;
    const readers = {
      monitor: monitor.picture.reader,
      ...(filler === undefined ? {} : { feed: filler }),
    };
    runningMetrics(metrics, { stages: {}, readers });
    openMetrics(metrics, db);
    const door = pictureDoor(monitor);
    return {
      methods: { ...pictureMethods(door), ...replayMethod(door) },
      streams: feedStream(door),
      ready: readiness(db, { stages: {}, readers }),
    };
  },
});
