import { boardsStory } from './boards-story.ts';

boardsStory('on the embedded default', async () => ({
  env: {},
  [Symbol.asyncDispose]: async () => undefined,
}));
