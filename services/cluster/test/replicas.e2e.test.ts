import { replicasStory } from './replicas-story.ts';

replicasStory({
  what: 'on Postgres alone',
  without: ['kafka', 'redis'],
  words: 'log',
  victims: ['dispatch', 'archive', 'gateway'],
});
