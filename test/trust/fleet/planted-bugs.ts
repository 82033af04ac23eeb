/**
 * The test of the fleets (figure N4): bugs that are planted in a copy of the compiled library, one at a time, and must be found.
 * Each is a mistake that gateways on a bus could well make.
 */

import type { Edit, PlantedBug } from '../simulation/planted-bugs.js';

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

const DEVICES_HERE = 'src/gateway/devices-here.js';
const DEVICE = 'src/gateway/device.js';
const REQUESTS = 'src/gateway/requests.js';
const ASKING = 'src/workers/device-requests.js';
const PRESENCE_MACHINE = 'machines/device-presence.js';

/** The bugs, in the order of the table. */
export const FLEET_BUGS: readonly PlantedBug[] = [
  {
    number: 1,
    name: 'devices without a queue group',
    edits: [edit(DEVICES_HERE, 'onMessage, { queue: QUEUE })', 'onMessage)')],
  },
  {
    number: 2,
    name: 'workers without a queue group',
    edits: [
      edit(
        'src/workers/worker.js',
        'calls.receive(endpoint, sent), { queue })',
        'calls.receive(endpoint, sent))',
      ),
    ],
  },
  {
    number: 3,
    firstSeed: 61,
    name: 'unsubscribed where it should be drained',
    edits: [
      edit(
        DEVICE,
        'this.#subscription.drain().then(drained, drained);',
        'this.#subscription.unsubscribe(); queueMicrotask(drained);',
      ),
    ],
  },
  {
    number: 4,
    name: 'asked again elsewhere after it was written',
    edits: [
      edit(
        'src/gateway/elsewhere.js',
        'error instanceof ConnectionLostError && !error.written &&',
        'error instanceof ConnectionLostError &&',
      ),
    ],
  },
  {
    number: 5,
    name: 'no takeover',
    edits: [
      edit(
        DEVICE,
        'rivalled(verdict, { gateway, epoch }) {',
        'rivalled(verdict, { gateway, epoch }) { return;',
      ),
    ],
  },
  {
    number: 6,
    firstSeed: 125,
    name: 'no second try where nobody listens yet',
    edits: [edit(ASKING, 'if (pausedMs > this.#parts.retryForMs ||', 'if (pausedMs >= 0 ||')],
  },
  {
    number: 7,
    firstSeed: 3,
    name: 'numbers of claims from the wall clock alone',
    edits: [
      edit(
        'src/gateway/epochs.js',
        'Math.max(this.#highest + 1, Math.floor(this.#wallTime()))',
        'Math.floor(this.#wallTime())',
      ),
    ],
  },
  {
    number: 8,
    name: 'the answer goes to whoever asked the device last',
    edits: [
      edit(REQUESTS, 'this.#answer(request, answer);', 'this.#answer(device.latest, answer);'),
      edit(REQUESTS, 'if (device.inFlight++ === 0)', 'device.latest = request; if (device.inFlight++ === 0)'),
    ],
  },
  {
    number: 9,
    firstSeed: 415,
    // either alone is made good by the other, within two beats
    name: 'no claim again, neither after the bus was away nor where gateways meet',
    edits: [
      edit(
        PRESENCE_MACHINE,
        "'bus.up': { target: 'held', actions: 'claim the name again' },",
        "'bus.up': 'held',",
      ),
      edit('src/gateway/neighbours.js', 'if (isMet || hasGap)', 'if (isMet && hasGap && this.size < 0)'),
    ],
  },
  {
    number: 10,
    name: 'a time-out of what was sent is said to be not written',
    edits: [edit(ASKING, "written ? 'no-answer' : 'not-connected', written)", "'not-connected', false)")],
  },
  {
    number: 11,
    firstSeed: 161,
    name: 'events of presence that got lost are not missed',
    edits: [
      edit(
        'src/gateway/format/presence.js',
        'return seq > (known ?? 0) + (isOfDevice ? 1 : 0);',
        'return false;',
      ),
    ],
  },
];
