/** The machine of a watch with its effects, made once per process; an effect finds its watch by the actor system that it runs in. */

import { type WatchEvent, watchMachine } from '../../../machines/index.js';
import { assertProvided } from '../../../machines/not-provided.js';
import type { Clock } from '../../base/clock.js';
import type { ActorOwner } from '../light/system.js';
import type { Inspector } from '../options.js';
import { ownedActor, ownerOf } from '../owned-actor.js';

/** What carries out the effects of a watch. */
export interface WatchEffects extends ActorOwner {
  beginClock(): void;
  /** @param isAtMoment whether it is due now; the first is due whenever it begins */
  read(isAtMoment: boolean): void;
  cancelReading(): void;
  countMoments(): void;
  countMissed(): void;
  timeToNextMs(): number;
  /** One of these threw. */
  effectFailed(error: unknown): void;
}

/** The actor of a watch. */
export interface WatchActor {
  send(event: WatchEvent): void;
}

function effect(run: (effects: WatchEffects, eventType: string) => void) {
  return ({
    system,
    event,
  }: {
    readonly system: object;
    readonly event: { readonly type: string };
  }): void => {
    const effects = ownerOf<WatchEffects>(system);
    try {
      run(effects, event.type);
    } catch (error) {
      effects.effectFailed(error);
    }
  };
}

const machine = assertProvided(
  watchMachine.provide({
    actions: {
      'begin the clock': effect((effects) => effects.beginClock()),
      read: effect((effects, eventType) => effects.read(eventType !== 'watch.begin')),
      'cancel the reading': effect((effects) => effects.cancelReading()),
      'count the moments that have passed': effect((effects) => effects.countMoments()),
      'count the reading as missed': effect((effects) => effects.countMissed()),
    },
    delays: {
      'time to the next moment': ({ system }) => {
        const effects = ownerOf<WatchEffects>(system);
        try {
          return effects.timeToNextMs();
        } catch (error) {
          effects.effectFailed(error);
          return 0;
        }
      },
    },
  }),
);

/** Makes and starts the actor of a watch. */
export function makeWatchActor(
  effects: WatchEffects,
  id: string,
  clock: Clock,
  inspect: Inspector | undefined,
): WatchActor {
  const actor = ownedActor(machine, { id, input: undefined, clock, owner: effects, inspect });
  actor.start();
  return actor;
}
