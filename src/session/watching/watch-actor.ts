/** The machine of a watch with its effects, made once per process; an effect finds its watch by the actor system that it runs in. */

import { createActor } from 'xstate';
import { type WatchEvent, watchMachine } from '../../../machines/index.js';
import { assertProvided } from '../../../machines/not-provided.js';
import type { Clock } from '../../base/clock.js';
import { guarded } from '../guarded-inspector.js';
import { lightActor } from '../light/light-logic.js';
import { type ActorOwner, LightSystem } from '../light/system.js';
import type { Inspector } from '../options.js';

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

/** The actor of a watch, whoever runs its machine. */
export interface WatchActor {
  send(event: WatchEvent): void;
}

/** Of watches that somebody inspects. */
const effectsBySystem = new WeakMap<object, WatchEffects>();

function effectsOf(system: object): WatchEffects {
  const effects =
    system instanceof LightSystem ? (system.owner as WatchEffects) : effectsBySystem.get(system);
  if (effects === undefined) throw new Error('this actor system belongs to no watch');
  return effects;
}

function effect(run: (effects: WatchEffects, eventType: string) => void) {
  return ({
    system,
    event,
  }: {
    readonly system: object;
    readonly event: { readonly type: string };
  }): void => {
    const effects = effectsOf(system);
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
        const effects = effectsOf(system);
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
  if (inspect === undefined) {
    const actor = lightActor(machine, { id, input: undefined, clock, owner: effects });
    actor.start();
    return actor;
  }
  const actor = createActor(machine, { id, clock, inspect: guarded(inspect) });
  effectsBySystem.set(actor.system, effects);
  actor.subscribe({ error: (error) => effects.crashed(error) });
  return actor.start();
}
