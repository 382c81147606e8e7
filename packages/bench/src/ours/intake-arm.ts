import { makeTempFolder } from '@cityloop/servers';
import { Config, startStandalone } from '@cityloop/standalone';
import type { IntakeArm } from '../arm.ts';
import { reportTarget } from './report-request.ts';

/** The product as `npm start` runs it: token, rules, number, history, outbox, live picture. */
export function ours(): IntakeArm {
  const parts = new AsyncDisposableStack();
  return {
    async start() {
      const folder = parts.use(await makeTempFolder('bench'));
      const config = Config.parse({ PORT: '0', CITYLOOP_DATA: folder.path });
      const standalone = parts.use(await startStandalone(config));
      return reportTarget(standalone.url);
    },
    stop: () => parts.disposeAsync(),
  };
}
