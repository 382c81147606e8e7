import { ownServers } from '@cityloop/servers/testing';
import { replicasStory } from './replicas-story.ts';

await ownServers('kafka');
await ownServers('redis');

replicasStory({
  what: 'on Kafka, Redis and Postgres',
  without: [],
  words: 'ledger',
  victims: ['dispatch', 'intake', 'archive', 'gateway', 'handling', 'monitor'],
});
