/** The one rule of bad arguments: what returns a promise rejects, never throws; all else throws. Both with an OptionError. */

import { expect, test } from 'vitest';
import {
  connect,
  createMemoryPair,
  listen,
  OptionError,
  PureJsonProtocol,
  Session,
  StructJsonProtocol,
  TcpClientStp,
  TcpServerStp,
} from '../../src/index.js';
import { Pair } from '../support/pair.js';

const HOSTILE = {
  toString(): string {
    throw new Error('read');
  },
};
const NO_NUMBERS: readonly unknown[] = [
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '5',
  true,
  Symbol('x'),
  5n,
  {},
  [],
  HOSTILE,
];
const NO_IDS_OR_ANY: readonly unknown[] = [1.5, ...NO_NUMBERS];
const NO_IDS: readonly unknown[] = [undefined, ...NO_IDS_OR_ANY];
const NO_FUNCTIONS: readonly unknown[] = [undefined, null, 1, 'f', {}, [], Symbol('x'), HOSTILE];
const NO_OPTIONS: readonly unknown[] = [null, 1, 'o', true, Symbol('x'), 5n, [], () => {}];
const NO_TEXTS: readonly unknown[] = [undefined, null, '', 1, {}, Symbol('x'), HOSTILE];
const NO_TRANSPORTS: readonly unknown[] = [
  undefined,
  null,
  1,
  't',
  {},
  [],
  () => {},
  HOSTILE,
  { isConnected: () => true },
];

type Call = (session: Session, bad: never) => unknown;
type Row = readonly [call: string, argument: string, bad: readonly unknown[], run: Call];

const REJECTING: readonly Row[] = [
  ['request', 'requestSid', [null, ...NO_IDS], (session, bad) => session.request(bad, 0)],
  ['request', 'dataId', [null, ...NO_IDS], (session, bad) => session.request(10, bad)],
  ['request', 'options', NO_OPTIONS, (session, bad) => session.request(10, 0, null, bad)],
  ['read', 'dataId', [null, ...NO_IDS], (session, bad) => session.read(bad)],
  ['read', 'options', NO_OPTIONS, (session, bad) => session.read(0, bad)],
  ['read', 'timeout', [null, ...NO_NUMBERS], (session, bad) => session.read(0, { timeout: bad })],
  ['read', 'signal', [null, 1, {}, HOSTILE], (session, bad) => session.read(0, { signal: bad })],
  ['write', 'dataId', [null, ...NO_IDS], (session, bad) => session.write(bad, 1)],
  ['write', 'options', NO_OPTIONS, (session, bad) => session.write(0, 1, bad)],
  ['execute', 'dataId', [null, ...NO_IDS], (session, bad) => session.execute(bad)],
  ['send', 'serviceId', [null, ...NO_IDS], (session, bad) => session.send(bad, 0)],
  ['send', 'dataId', [null, ...NO_IDS], (session, bad) => session.send(50, bad)],
  ['send', 'status', [null, 1.5, ...NO_NUMBERS], (session, bad) => session.send(50, 0, null, bad)],
  ['send', 'timeout', [null, ...NO_NUMBERS], (session, bad) => session.send(50, 0, null, 0, bad)],
  ['receive', 'serviceId', [null, ...NO_IDS], (session, bad) => session.receive(bad, 0)],
  ['receive', 'dataId', [null, ...NO_IDS], (session, bad) => session.receive(50, bad)],
  ['receive', 'timeout', [null, ...NO_NUMBERS], (session, bad) => session.receive(50, 0, bad)],
  ['authenticate', 'timeout', [null, ...NO_NUMBERS], (session, bad) => session.authenticate(bad)],
  ['connect', 'options', [undefined, ...NO_OPTIONS], (_, bad) => connect(bad)],
  ['connect', 'port', [undefined, null, 0, 1.5, ...NO_NUMBERS], (_, bad) => connect({ port: bad })],
  ['listen', 'options', [undefined, ...NO_OPTIONS], (_, bad) => listen(bad, () => {})],
  ['listen', 'onSession', NO_FUNCTIONS, (_, bad) => listen({ port: 0 }, bad)],
];

const THROWING: readonly Row[] = [
  ['new Session', 'commInstance', NO_TRANSPORTS, (_, bad) => new Session(bad)],
  ['new Session', 'options', NO_OPTIONS, (_, bad) => new Session(createMemoryPair().client, bad)],
  ['new PureJsonProtocol', 'commInstance', NO_TRANSPORTS, (_, bad) => new PureJsonProtocol(bad)],
  ['new StructJsonProtocol', 'commInstance', NO_TRANSPORTS, (_, bad) => new StructJsonProtocol(bad)],
  [
    'new TcpClientStp',
    'options',
    [undefined, ...NO_OPTIONS].filter((bad) => typeof bad !== 'string'),
    (_, bad) => new TcpClientStp(bad),
  ],
  [
    'new TcpServerStp',
    'options',
    [undefined, ...NO_OPTIONS].filter((bad) => typeof bad !== 'string'),
    (_, bad) => new TcpServerStp(bad),
  ],
  ['createMemoryPair', 'options', NO_OPTIONS, (_, bad) => createMemoryPair(bad)],
  ['onRead', 'dataId', NO_IDS, (session, bad) => session.onRead(bad, () => 1)],
  ['onRead', 'handler', NO_FUNCTIONS, (session, bad) => session.onRead(0, bad)],
  ['onWrite', 'handler', NO_FUNCTIONS, (session, bad) => session.onWrite(0, bad)],
  ['onExecute', 'handler', NO_FUNCTIONS, (session, bad) => session.onExecute(0, bad)],
  ['onRequest', 'requestSid', [null, ...NO_IDS], (session, bad) => session.onRequest(bad, 0, () => 1)],
  [
    'registerCallback',
    'serviceId',
    NO_IDS_OR_ANY,
    (session, bad) => session.registerCallback(bad, 0, () => {}),
  ],
  ['registerCallback', 'dataId', NO_IDS_OR_ANY, (session, bad) => session.registerCallback(0, bad, () => {})],
  ['registerCallback', 'callback', NO_FUNCTIONS, (session, bad) => session.registerCallback(0, 0, bad)],
  [
    'addMsgToAuthWhitelist',
    'serviceId',
    [null, ...NO_IDS],
    (session, bad) => session.addMsgToAuthWhitelist(bad, 0),
  ],
  [
    'addMsgToAuthWhitelist',
    'dataId',
    [null, ...NO_IDS],
    (session, bad) => session.addMsgToAuthWhitelist(0, bad),
  ],
  ['addService', 'requestSid', [null, ...NO_IDS], (session, bad) => session.addService(bad, 101)],
  ['addService', 'responseSid', [null, ...NO_IDS], (session, bad) => session.addService(100, bad)],
  ['addService', 'requestName', ['', 1, {}, HOSTILE], (session, bad) => session.addService(100, 101, bad)],
  ['addData', 'serviceId', [null, ...NO_IDS], (session, bad) => session.addData(bad, 0, 'name')],
  ['addData', 'name', NO_TEXTS, (session, bad) => session.addData(10, 0, bad)],
  ['addStatus', 'status', [null, ...NO_IDS], (session, bad) => session.addStatus(bad, 'name')],
  ['addStatus', 'name', NO_TEXTS, (session, bad) => session.addStatus(7, bad)],
];

test.each(REJECTING)('%s rejects for a wrong %s', async (_, argument, bad, run) => {
  const pair = await Pair.connected();
  for (const value of bad) {
    const outcome = run(pair.client, value as never);
    expect(outcome).toBeInstanceOf(Promise);
    const error = await (outcome as Promise<unknown>).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ option: argument });
    expect(String(error)).toContain(`${argument}: expected `);
  }
  expect(await pair.close()).toBe(0);
});

test.each(THROWING)('%s throws for a wrong %s', async (_, argument, bad, run) => {
  const pair = await Pair.connected();
  for (const value of bad) {
    const error = thrownBy(() => run(pair.client, value as never));
    expect(error).toBeInstanceOf(OptionError);
    // of a transport, also one of its members
    expect(error).toMatchObject({ option: expect.stringMatching(new RegExp(`^${argument}(?:\\.|$)`)) });
  }
  expect(await pair.close()).toBe(0);
});

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
