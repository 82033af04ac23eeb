/** What two clients and a server can do and suffer, as commands that fast-check draws, orders and shrinks. */

import fc from 'fast-check';
import { encodeStp } from '../../../src/wire/index.js';
import { frameOf, payloadOf } from '../../support/bytes.js';
import type { CommandWorld, EndId } from './command-world.js';
import { FORGED_ASK, type Order, UNASKED_DATA_ID } from './desk.js';
import { MODES } from './ledger.js';

/** What is known of the world without looking at it: enough to tell which commands make sense. */
export interface CommandModel {
  readonly isClientOpen: [boolean, boolean];
  asks: number;
}

/** One command: when it makes sense, and what it does. */
class Command implements fc.AsyncCommand<CommandModel, CommandWorld> {
  readonly #name: string;
  readonly #can: (model: CommandModel) => boolean;
  readonly #act: (world: CommandWorld, model: CommandModel) => void;
  readonly #passMs: number;

  constructor(
    name: string,
    act: (world: CommandWorld, model: CommandModel) => void,
    { can = () => true, passMs = 0 }: { can?: (model: CommandModel) => boolean; passMs?: number } = {},
  ) {
    this.#name = name;
    this.#can = can;
    this.#act = act;
    this.#passMs = passMs;
  }

  check(model: Readonly<CommandModel>): boolean {
    return this.#can(model);
  }

  async run(model: CommandModel, world: CommandWorld): Promise<void> {
    this.#act(world, model);
    await world.pass(this.#passMs);
  }

  toString(): string {
    return this.#name;
  }
}

/** What is drawn oftener stands oftener: a defect shows where several requests of one key meet, so most share few keys. */
const pair = fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const);
const side = fc.constantFrom('client' as const, 'client' as const, 'server' as const);
const endId: fc.Arbitrary<EndId> = fc.record({ side, pair });
const isOpen =
  ({ side: at, pair: number }: EndId) =>
  (model: CommandModel): boolean =>
    at === 'server' || model.isClientOpen[number];
const nameOf = ({ side: at, pair: number }: EndId): string => `${at} ${number}`;

const order: fc.Arbitrary<Order> = fc.record({
  kind: fc.constantFrom('write' as const, 'write' as const, 'read' as const, 'execute' as const),
  dataId: fc.constantFrom(0, 0, 0, 1),
  mode: fc.constantFrom('now', 'later', ...MODES),
  timeoutMs: fc.constantFrom(1, 50, 500, 5_000),
  delayMs: fc.constantFrom(0, 40, 400, 4_000),
  isAbortable: fc.boolean(),
});

const ask = fc.tuple(endId, order).map(
  ([id, made]) =>
    new Command(
      `${nameOf(id)} asks ${JSON.stringify(made)}`,
      (world, model) => {
        const { desk, session } = world.end(id);
        desk.ask(session, made);
        model.asks++;
      },
      { can: isOpen(id) },
    ),
);

const abort = fc.nat(59).map(
  (number) =>
    new Command(
      `request ${number} is aborted`,
      ({ ledger }) => {
        const aborted = ledger.asks[number];
        if (aborted === undefined || aborted.abort === null) return;
        aborted.isAborted = true;
        aborted.abort.abort();
      },
      { can: ({ asks }) => number < asks },
    ),
);

const link = fc.tuple(fc.constantFrom('reconnect', 'reconnect', 'cut', 'refuse', 'welcome'), pair).map(
  ([what, number]) =>
    new Command(
      `${what} ${number}`,
      (world) => {
        const server = world.end({ side: 'server', pair: number });
        if (what === 'reconnect') world.end({ side: 'client', pair: number }).reconnect();
        else if (what === 'cut') server.comm.cut();
        else server.comm.refusesConnections = what === 'refuse';
      },
      { can: isOpen({ side: 'client', pair: number }) },
    ),
);

const authenticate = fc.tuple(pair, fc.boolean(), fc.constantFrom(1, 200, 2_000)).map(
  ([number, isRight, timeoutMs]) =>
    new Command(
      `client ${number} authenticates with ${isRight ? 'the right' : 'a wrong'} secret within ${timeoutMs} ms`,
      (world) => {
        world.hasRightKey[number] = isRight;
        void world.end({ side: 'client', pair: number }).session.authenticate(timeoutMs);
      },
      { can: isOpen({ side: 'client', pair: number }) },
    ),
);

const message = fc.tuple(fc.boolean(), endId, fc.constantFrom(1, 200, 2_000)).map(
  ([isSent, id, timeoutMs]) =>
    new Command(
      `${nameOf(id)} ${isSent ? 'sends' : 'receives'} within ${timeoutMs} ms`,
      (world) => {
        const { desk, session } = world.end(id);
        if (isSent) desk.sendMessage(session, timeoutMs);
        else desk.receiveMessage(session, timeoutMs);
      },
      { can: isOpen(id) },
    ),
);

const stall = fc.tuple(fc.boolean(), endId).map(
  ([isStalled, id]) =>
    new Command(`${nameOf(id)} ${isStalled ? 'stalls' : 'flows'}`, (world) => {
      const { comm } = world.end(id);
      if (isStalled) comm.isStalled = true;
      else comm.unstall();
    }),
);

const wrongChecksum = (): Buffer => {
  const payload = payloadOf(20, 0, 'forged');
  payload[payload.length - 1] = (payload.at(-1) ?? 0) ^ 1;
  return encodeStp(payload);
};

/** What an end finds on its stream that its peer's session has not sent. */
const GARBAGE: Readonly<Record<string, () => Buffer>> = {
  noise: () => Buffer.from('noise'),
  colons: () => Buffer.from(':::'),
  'half a frame': () => Buffer.from(':<{"data_id": 0, '),
  'a broken frame': () => Buffer.from(':<a:b:>'),
  'a wrong checksum': wrongChecksum,
  'no message': () => encodeStp(Buffer.from('no message at all')),
  'a message of an unknown service': () => frameOf(77, 0, null),
  // its answer cannot be taken for that to another request, for nobody asks for this data
  'a forged request': () => frameOf(20, UNASKED_DATA_ID, { ask: FORGED_ASK, mode: 'now', delayMs: 0 }),
  'a seed request': () => frameOf(0, 0, null),
  'a wrong key': () => frameOf(0, 1, 'wrong'),
  'a seed': () => frameOf(1, 0, 'f'.repeat(64)),
};

const garbage = fc.tuple(endId, fc.constantFrom(...Object.keys(GARBAGE))).map(
  ([id, what]) =>
    new Command(`the stream of ${nameOf(id)} carries ${what}`, (world) => {
      const { comm } = world.end(id);
      if (comm.isConnected()) comm.sendRaw(GARBAGE[what]?.() ?? Buffer.alloc(0));
    }),
);

const wait = fc
  .constantFrom(1, 50, 101, 500, 2_001, 5_000)
  .map((ms) => new Command(`${ms} ms pass`, () => {}, { passMs: ms }));

const close = endId.map(
  (id) =>
    new Command(
      `${nameOf(id)} closes`,
      (world, model) => {
        if (id.side === 'client') model.isClientOpen[id.pair] = false;
        void world.end(id).session.close();
      },
      { can: isOpen(id) },
    ),
);

const open = pair.map(
  (number) =>
    new Command(
      `client ${number} begins anew`,
      (world, model) => {
        model.isClientOpen[number] = true;
        world.end({ side: 'client', pair: number }).open();
      },
      { can: ({ isClientOpen }) => !isClientOpen[number] },
    ),
);

/** The commands, those first that fast-check should prefer when it shrinks; what happens often stands here often. */
export const COMMANDS = [
  wait,
  ask,
  ask,
  ask,
  ask,
  authenticate,
  link,
  link,
  message,
  stall,
  abort,
  garbage,
  close,
  open,
];
