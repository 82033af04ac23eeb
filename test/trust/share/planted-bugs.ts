/**
 * The test of the shares (figure N6): bugs that are planted in a copy of the compiled library, one at a time, and must be found. Each
 * is a mistake that sharing a device could well make.
 */

import type { Edit, PlantedBug } from '../simulation/planted-bugs.js';

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

const DEVICE = 'src/share/device.js';
const LEASE = 'src/share/lease.js';
const LINE = 'src/share/line.js';
const UNDER_WAY = 'src/share/under-way.js';

/** The bugs, in the order of the table. */
export const SHARE_BUGS: readonly PlantedBug[] = [
  {
    number: 1,
    name: 'a client that had its turn keeps it',
    edits: [edit(DEVICE, 'this.#line.passTurn(client);', '')],
  },
  {
    number: 2,
    name: 'a READ joins an equal one although its client has written before it',
    edits: [edit(UNDER_WAY, 'if (client.others > 0)', 'if (client.others > 1_000)')],
  },
  {
    number: 3,
    name: 'a READ that waits is joined to that of a holder',
    edits: [edit(DEVICE, 'if (holder !== null && equal.place !== holder)', 'if (equal.place === null)')],
  },
  {
    number: 4,
    name: 'a READ that comes joins under a lease',
    edits: [edit(UNDER_WAY, '(ask.holder !== null && ask.holder !== client)', 'false')],
  },
  {
    number: 5,
    name: 'what is joinable is not looked at again when a write has left',
    edits: [
      edit(
        LINE,
        'this.#indexUpToTheNext(place);',
        'for (const each of place.waiting) if (each.isRead) this.#index(each);',
      ),
    ],
  },
  {
    number: 6,
    name: 'a READ is sent beside a WRITE',
    edits: [edit(UNDER_WAY, 'return isRead && this.#readCount === this.size &&', 'return isRead &&')],
  },
  {
    number: 7,
    name: 'what a lost connection took is asked again',
    edits: [
      edit(
        DEVICE,
        "if (outcome === 'no-answer' || outcome === 'connection-lost')",
        "if (outcome === 'connection-lost' && !ask.isRead && ticket.state === 'under way') {" +
          " ticket.state = 'waiting'; ticket.place.underWay--; this.#line.add(ticket); }" +
          " else if (outcome === 'no-answer' || outcome === 'connection-lost')",
      ),
    ],
  },
  {
    number: 8,
    name: 'a lease begins although something is under way',
    edits: [
      edit(
        DEVICE,
        'if (this.#underWay.size === 0 && session[LATE_ANSWERS] === 0)',
        'if (session[LATE_ANSWERS] === 0)',
      ),
    ],
  },
  {
    number: 9,
    name: 'everybody may ask while somebody has a lease',
    edits: [edit(DEVICE, "reserved: 'holder'", "reserved: 'everybody'")],
  },
  {
    number: 10,
    name: 'what waits under a lease is sent after it',
    edits: [edit(LEASE, 'device.refuseGuarded(held.client);', '')],
  },
  {
    number: 11,
    name: 'the fence is not looked at',
    edits: [edit(LEASE, "held.fence === memberOf(data, 'fence') ? held", "memberOf(data, 'fence') ? held")],
  },
  {
    number: 12,
    name: 'a lease does not expire',
    edits: [edit(LEASE, 'Math.max(0, this.holding.untilMs - this.#parts.clock.now())', '3_600_000')],
  },
];
