/**
 * The machine of a device's presence as a model of a real gateway: every transition that can be caused from outside is walked, by
 * the shortest way to its state, and what the gateway does is what the machine says.
 */

import { describe, expect, test } from 'vitest';
import type { EventFrom } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { devicePresenceMachine } from '../../machines/index.js';
import { decodeClaimAnswer, encodeClaimAnswer } from '../../src/gateway/claim-answers.js';
import { encodePresence } from '../../src/gateway/format/presence.js';
import type { InspectedEvent, Session } from '../../src/index.js';
import { type RunningMachine, run } from '../support/machine.js';
import { type Place, Scene } from './scene.js';

type EventType = EventFrom<typeof devicePresenceMachine>['type'];

const RIVAL = { gateway: 'rival', epoch: 0, reason: 'peer-closed' } as const;
const EVENTS = devicePresenceMachine.events.filter(
  (type): type is EventType => !String(type).startsWith('xstate.'),
);
/** The worlds: in one, the name was taken over too often. */
const WORLDS = ['calm', 'jailed'] as const;
type WorldName = (typeof WORLDS)[number];

const SERVED: readonly string[] = ['claiming', 'held', 'cutOff', 'closing'];
const DRAINING: readonly string[] = ['yielding', 'refused', 'leaving', 'closing'];

/** Whether an event can be caused in a state, in a world. */
function isPossible(world: WorldName, state: string, type: EventType): boolean {
  if (state === 'arriving') return type === 'bus.up' || type === 'bus.away';
  if (type === 'rival.jailed') return world === 'jailed';
  // a name that was taken over too often is refused by the server itself; where the old one goes, a new device begins; and a
  // gateway that closes takes nobody
  if (type === 'session.replaced') return world === 'calm' && SERVED.includes(state) && state !== 'closing';
  return type !== 'subscription.drained' || DRAINING.includes(state);
}

class World {
  readonly scene = new Scene();
  readonly #name: WorldName;
  readonly #isInspected: boolean;
  #place!: Place;
  #device: Session | null = null;
  #release = (): void => {};
  #strangers = 0;
  #drained = 0;
  #epoch = 0;
  #isConnected = false;
  #state: unknown = 'arriving';
  #did: string[] = [];

  constructor(name: WorldName, isInspected: boolean) {
    this.#name = name;
    this.#isInspected = isInspected;
  }

  async open(): Promise<this> {
    const { scene } = this;
    const inspect = (event: InspectedEvent): void => {
      if (event.type !== '@xstate.snapshot') return;
      const { actorRef, snapshot } = event as InspectedEvent & {
        actorRef: { id: string };
        snapshot: { value: unknown };
      };
      if (actorRef.id.endsWith(' devicePresence')) this.#state = snapshot.value;
    };
    const listen = this.#isInspected ? { inspect } : {};
    this.#place = await scene.open('one', { listen });
    if (this.#name === 'jailed') for (let round = 0; round < 5; round++) await this.#loseOnce();
    this.#release = this.#place.bus.holdDrains();
    scene.bus.subscribe('sp.$gateway.rival', ({ data }) => {
      this.#did.push(decodeClaimAnswer(data)?.verdict ?? 'nonsense');
    });
    await scene.settle();
    scene.events.length = 0;
    this.#drained = this.#place.bus.drained.length;
    return this;
  }

  async #loseOnce(): Promise<void> {
    await this.#place.device('pump');
    this.#epoch = this.#place.gateway.device('pump')?.epoch ?? 0;
    await this.#claim(this.#epoch + 10, false);
  }

  async #claim(epoch: number, again: boolean): Promise<void> {
    this.#epoch = Math.max(this.#epoch, epoch);
    const event = { event: 'arrived', device: 'pump', gateway: 'rival', epoch, at: 'now' } as const;
    this.scene.bus.publish('sp.$presence', encodePresence(again ? { ...event, again } : event));
    await this.scene.settle();
  }

  async #answer(verdict: 'contested' | 'refused'): Promise<void> {
    const { id } = this.#place.gateway;
    const about = this.#epoch;
    const answer = { verdict, device: 'pump', about, epoch: about + 10, gateway: 'rival' };
    this.scene.bus.publish(`sp.$gateway.${id}`, encodeClaimAnswer(answer));
  }

  async perform(type: EventType, state: string): Promise<void> {
    const { scene } = this;
    const { bus, gateway } = this.#place;
    switch (type) {
      case 'bus.up':
      case 'bus.away':
        if (state === 'arriving') return await this.#arrive(type === 'bus.up');
        if (type === 'bus.up') bus.find();
        else bus.lose();
        break;
      case 'gateways.met': {
        const stranger = `stranger-${this.#strangers++}`;
        const sign = { event: 'gateway.alive', gateway: stranger, at: 'now' } as const;
        scene.bus.publish('sp.$presence', encodePresence(sign));
        break;
      }
      case 'claim.settled':
        return await scene.pass(5_000);
      case 'claim.contested':
      case 'claim.refused':
        await this.#answer(type === 'claim.contested' ? 'contested' : 'refused');
        break;
      case 'rival.below':
        return await this.#claim(1, false);
      case 'rival.jailed':
        return await this.#claim(this.#epoch + 10, false);
      case 'rival.above':
        return await this.#claim(this.#epoch + 10, this.#name === 'jailed');
      case 'session.replaced': {
        const newer = await this.#place.device('pump');
        if (newer.isConnected()) this.#device = newer;
        return;
      }
      case 'session.lost':
        await this.#device?.close();
        this.#isConnected = false;
        break;
      case 'gateway.closing':
        void gateway.close({ drain: true, timeout: 60_000 });
        break;
      case 'subscription.drained':
        this.#release();
    }
    await scene.settle();
  }

  async #arrive(isBusUp: boolean): Promise<void> {
    if (!isBusUp) this.#place.bus.lose();
    this.#device = await this.#place.device('pump');
    this.#isConnected = true;
  }

  /** What it did since the last look, in the words of the machine. */
  did(): string[] {
    const { scene } = this;
    for (const event of scene.events.splice(0)) {
      if (!('device' in event) || event.gateway !== this.#place.gateway.id) continue;
      if (event.event === 'left') this.#did.push(`left ${event.reason}`);
      else if (event.again) this.#did.push('claimed again');
      else this.#did.push(event.epoch > this.#epoch ? 'claimed above' : 'claimed below');
      if (event.event === 'arrived') this.#epoch = Math.max(this.#epoch, event.epoch);
    }
    const { drained } = this.#place.bus;
    if (drained.slice(this.#drained).includes('sp.pump.*.*')) this.#did.push('drained');
    this.#drained = drained.length;
    return this.#did.splice(0);
  }

  /** Whether the session was ended by the gateway. */
  get isEnded(): boolean {
    return this.#isConnected && this.#device?.isConnected() === false;
  }

  get isBusUp(): boolean {
    return this.#place.bus.state === 'up';
  }

  /** Null where nobody can see it. */
  get state(): unknown {
    if (this.#isInspected) return this.#state;
    return this.#device === null ? 'arriving' : (this.#place.gateway.device('pump')?.state ?? null);
  }
}

/** What the effects of the machine look like from outside. */
function expected(did: readonly string[], isBusUp: boolean): string[] {
  return did.flatMap((action) => {
    if (action === 'claim the name') return 'claimed above';
    if (action === 'claim the name again') return 'claimed again';
    if (action.startsWith('contest the claim')) return 'contested';
    if (action.startsWith('refuse the claim')) return 'refused';
    if (action === 'drain the subscription') return 'drained';
    const reason = /^announce that it left (.*)$/.exec(action)?.[1];
    return reason === undefined || !isBusUp ? [] : `left ${reason}`;
  });
}

function pathTo(state: string): EventType[] {
  const path = getShortestPaths(devicePresenceMachine, {
    events: EVENTS.map((type) => ({ type, ...RIVAL }) as never),
    toState: (snapshot) => snapshot.value === state,
  })[0];
  if (path === undefined) throw new Error(`no way to ${state}`);
  return path.steps.map(({ event }) => event.type as EventType).filter((type) => !type.startsWith('xstate.'));
}

async function step(world: World, model: RunningMachine, type: EventType): Promise<void> {
  const state = String(model.state());
  const isBusUp = world.isBusUp;
  await world.perform(type, state);
  model.send(type, RIVAL);
  const did = model.did();
  const where = `${type} in ${state}`;
  expect(world.did().sort(), where).toEqual(expected(did, isBusUp).sort());
  const ended = did.some((action) => action.startsWith('end the session'));
  if (ended) expect(world.isEnded, where).toBe(true);
  else if (SERVED.includes(String(model.state()))) expect(world.isEnded, where).toBe(false);
  if (world.state !== null) expect(world.state, where).toBe(model.state());
}

const STATES = Object.keys(devicePresenceMachine.states).filter((state) => state !== 'gone');
const WALKS = WORLDS.flatMap((world) =>
  STATES.flatMap((state) =>
    EVENTS.filter((type) => isPossible(world, state, type)).map((type) => ({ world, state, type })),
  ),
);

describe.each([
  ['without an inspector', false],
  ['with an inspector', true],
])('a real gateway %s', (_, isInspected) => {
  test.each(WALKS)('does what the machine says: $type in $state, in a $world world', async ({
    world: name,
    state,
    type,
  }) => {
    const world = await new World(name, isInspected).open();
    const model = run(devicePresenceMachine, undefined, /^$/);
    for (const each of pathTo(state)) await step(world, model, each);
    expect(model.state()).toBe(state);
    await step(world, model, type);
  });
});

test('all transitions of the machine are walked', () => {
  const walked = new Set(WALKS.map(({ state, type }) => `${state} ${type}`));
  const all = STATES.flatMap((state) =>
    Object.keys(devicePresenceMachine.states[state as never]?.['config']?.on ?? {}).map(
      (type) => `${state} ${type}`,
    ),
  );
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter((each) => !walked.has(each))).toEqual([]);
});
