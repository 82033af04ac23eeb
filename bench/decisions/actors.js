/** docs/decisions/actors.md: what an event costs that enters an actor. */

import { createActor, fromTransition, setup } from 'xstate';
import { nsPerCall, print } from './measure.js';

const toggle = setup({}).createMachine({
  initial: 'off',
  states: { off: { on: { press: 'on' } }, on: { on: { press: 'off' } } },
});
const machine = createActor(toggle).start();
const inspected = createActor(toggle, { inspect: () => {} }).start();
const handMade = createActor(fromTransition((state) => state, {})).start();
const press = { type: 'press' };
const unknown = { type: 'unknown' };

print('Nanoseconds for an event', [
  nsPerCall({
    'a machine takes it': () => machine.send(press),
    'and an inspector looks on': () => inspected.send(press),
    'a machine ignores it': () => machine.send(unknown),
    'a transition function takes it': () => handMade.send(press),
  }),
]);
