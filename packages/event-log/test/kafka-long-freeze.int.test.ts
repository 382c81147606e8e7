import { startKafka } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { it } from 'vitest';
import { freeze, throughAFault } from './kafka-fault.ts';

await ownServers('kafka');

// In a file of its own: it does little but wait, beside the others.
it('a freeze of the broker longer than a session loses nothing and puts nothing out of order', async () => {
  await using kafka = await startKafka();
  await throughAFault(kafka.brokers, async () => {
    for (const broker of kafka.nodes) await freeze(broker, 45_000);
  });
}, 120_000);
