/** C4: no byte of a secret, a seed or a key is in anything that comes out of a session. */

import type { Reached, Stage, StageContext } from '../stage.js';
import { replayLine } from '../stage.js';
import { CanaryWorld } from './canary.js';
import { STORIES } from './canary-stories.js';
import { findLeaks } from './leaks.js';
import { Outputs } from './output.js';

const ROUNDS = { ci: 1, deep: 50, release: 200 };

export const canaryStage: Stage = {
  name: 'the secret in no output',
  figures: ['C4'],
  run: async ({ budget, baseSeed, replaySeed, say }: StageContext) => {
    const seeds =
      replaySeed === null
        ? Array.from({ length: ROUNDS[budget] }, (_, round) => (baseSeed + round) >>> 0)
        : [replaySeed];
    const failures: string[] = [];
    let characters = 0;
    let secrets = 0;
    for (const seed of seeds) {
      const told = await tellAll(seed);
      characters += told.characters;
      secrets += told.secrets;
      failures.push(...told.leaks.map((leak) => `${leak}; ${replayLine('C4', seed)}`));
    }
    say(`C4: ${characters} characters of output, ${secrets} secrets, seeds and keys looked for`);
    return [reachedBy(characters, secrets, failures)];
  },
};

/** What came of all stories of a seed. */
export interface Told {
  readonly characters: number;
  readonly secrets: number;
  readonly leaks: readonly string[];
}

/** Tells every story and looks for secrets in what came out. */
export async function tellAll(seed: number): Promise<Told> {
  const outputs = new Outputs();
  const world = new CanaryWorld(outputs, seed);
  await outputs.withWarnings(async () => {
    for (const story of Object.values(STORIES)) await story(world);
  });
  outputs.actor('session');
  return {
    characters: outputs.characters,
    secrets: world.secrets.size,
    leaks: findLeaks(world.secrets, outputs),
  };
}

function reachedBy(characters: number, secrets: number, failures: readonly string[]): Reached {
  return {
    id: 'C4',
    what: 'the secret, the seeds and the keys are in no log, inspector, snapshot, event, error or counter',
    goal: '0 leaks',
    reached: `${failures.length} leaks of ${secrets} secrets, seeds and keys in ${characters} characters of output`,
    isReached: failures.length === 0 && characters > 0 && secrets > 0,
    failures: failures.slice(0, 10),
  };
}
