/** What no machine of a session shows of light actors and their system. */

import { describe, expect, test } from 'vitest';
import { type AnyActorLogic, type AnyActorRef, type EventObject, fromTransition } from 'xstate';
import { LightActor } from '../../../src/session/light/actor.js';
import { LightSystem } from '../../../src/session/light/system.js';
import { VirtualClock } from '../../support/virtual-clock.js';

class Owner {
  readonly heard: string[] = [];
  moved(): void {}
  announced({ type }: EventObject): void {
    this.heard.push(type);
  }
  stepped(): void {
    this.heard.push('a step');
  }
  crashed(error: unknown): void {
    this.heard.push(`crashed: ${String(error)}`);
  }
}

function actorOf(logic: AnyActorLogic): { actor: LightActor; owner: Owner; clock: VirtualClock } {
  const owner = new Owner();
  const clock = new VirtualClock();
  const system = new LightSystem(owner, clock);
  return { actor: new LightActor(logic, { id: 'it', system, parent: null, input: undefined }), owner, clock };
}

/** Does something for each event. */
function acting(act: (event: EventObject, actor: AnyActorRef) => void): AnyActorLogic {
  return fromTransition((state: object, event: EventObject, { self }) => {
    act(event, self);
    return state;
  }, {});
}

describe('a light actor', () => {
  test('that stops in the middle of an event hears nothing that was sent before', () => {
    const heard: string[] = [];
    const { actor } = actorOf(
      acting(({ type }) => {
        heard.push(type);
        if (type !== 'go') return;
        actor.send({ type: 'too late' });
        actor._stop();
      }),
    );
    actor.start();
    actor.send({ type: 'go' });
    actor.send({ type: 'much too late' });
    expect(heard).toEqual(['go', 'xstate.stop']);
  });

  test('keeps what it is sent until it starts, and starts once', () => {
    const heard: string[] = [];
    const { actor, owner } = actorOf(acting(({ type }) => heard.push(type)));
    actor.send({ type: 'first' });
    expect(heard).toEqual([]);
    actor.start();
    actor.start();
    expect(heard).toEqual(['first']);
    expect(owner.heard).toEqual(['a step', 'a step']);
  });

  test('whose logic throws has failed, and its owner hears why', () => {
    const { actor, owner } = actorOf(
      acting(() => {
        throw new Error('no');
      }),
    );
    actor.start();
    actor.send({ type: 'go' });
    actor.send({ type: 'go' });
    expect(owner.heard).toEqual(['a step', 'crashed: Error: no']);
    expect(actor.getSnapshot().status).toBe('error');
  });
});

test('a light system cancels the timers of one actor, by their names or all', () => {
  const { actor, clock } = actorOf(acting(() => {}));
  const heard: string[] = [];
  const other = new LightActor(
    acting(({ type }) => heard.push(type)),
    { id: 'other', system: actor.system, parent: null, input: undefined },
  );
  other.start();
  const [one, two] = [actor, other] as unknown as [AnyActorRef, AnyActorRef & { _send(): void }];
  for (const source of [one, two])
    for (const id of ['a', 'b']) actor.system.schedule(source, two, { type: `${source.id} ${id}` }, 10, id);
  actor.system.cancel(two, 'a');
  clock.advance(10);
  expect(heard).toEqual(['it a', 'it b', 'other b']);
  for (const source of [one, two]) actor.system.schedule(source, two, { type: source.id }, 10, 'a');
  actor.system.cancelAll(one);
  clock.advance(10);
  expect(heard.slice(3)).toEqual(['other']);
  expect(clock.pending).toBe(0);
});
