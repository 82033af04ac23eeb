/** The machine of a bus with its effects, made once per process; an effect finds its bus by the actor system. */

import { busLinkMachine } from '../../../machines/index.js';
import { assertProvided } from '../../../machines/not-provided.js';
import type { Clock } from '../../base/clock.js';
import type { LightActorOf } from '../../session/light/light-logic.js';
import type { ActorOwner } from '../../session/light/system.js';
import type { Inspector } from '../../session/options.js';
import { ownedActor, ownerOf } from '../../session/owned-actor.js';

/** What carries out the effects of a bus. None of these may throw. */
export interface LinkEffects extends ActorOwner {
  dial(): void;
  dialAnother(): void;
  giveUpDial(): void;
  takeUp(): void;
  sendHeld(): void;
  drop(): void;
  move(): void;
  drainOld(): void;
  letOldGo(): void;
  takeLeave(): void;
  cutShort(): void;
  settleAll(): void;
  /** @param failures rounds that came to nothing, one after the other */
  pauseMs(failures: number): number;
  readonly closeTimeoutMs: number;
}

const busOf = ownerOf<LinkEffects>;

const providedMachine = assertProvided(
  busLinkMachine.provide({
    actions: {
      dial: ({ system }) => busOf(system).dial(),
      'dial another server': ({ system }) => busOf(system).dialAnother(),
      'give up the dial': ({ system }) => busOf(system).giveUpDial(),
      'take up the link': ({ system }) => busOf(system).takeUp(),
      'send what was held': ({ system }) => busOf(system).sendHeld(),
      'drop the link': ({ system }) => busOf(system).drop(),
      'move to the new link': ({ system }) => busOf(system).move(),
      'drain the old link': ({ system }) => busOf(system).drainOld(),
      'let the old link go': ({ system }) => busOf(system).letOldGo(),
      'take leave': ({ system }) => busOf(system).takeLeave(),
      'say what was cut short': ({ system }) => busOf(system).cutShort(),
      'settle everything': ({ system }) => busOf(system).settleAll(),
    },
    delays: {
      'pause between rounds': ({ context, system }) => busOf(system).pauseMs(context.failures),
      'time to take leave': ({ system }) => busOf(system).closeTimeoutMs,
    },
  }),
);

/** The actor of a bus. */
export type LinkActor = LightActorOf<typeof providedMachine>;

/** What the actor needs of the options of a bus. */
interface LinkActorSettings {
  readonly clock: Clock;
  readonly waitsForServer: boolean;
  readonly inspect: Inspector | undefined;
}

/** Makes the actor of a bus, which its owner starts. */
export function makeLinkActor(
  effects: LinkEffects,
  { clock, waitsForServer, inspect }: LinkActorSettings,
): LinkActor {
  const input = { waitsForServer };
  return ownedActor(providedMachine, { id: 'busLink', input, clock, owner: effects, inspect });
}
