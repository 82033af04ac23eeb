/** The fifteen stories in each of which everything fails once: what two sessions do with each other. */

import {
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS_OPERATION_NOT_PERMITTED,
  StatusError,
} from '../../../src/index.js';
import { type Bench, type BenchOptions, echo, SECRET } from './bench.js';
import { askByContract, whileTraced, withMiddlewares } from './layers.js';

/** A story. */
export interface Scenario {
  readonly name: string;
  readonly options: BenchOptions;
  /** Tells the story; waits for nothing but time. */
  run(bench: Bench): Promise<void>;
}

const LINK_MS = 5;
const WITH_SECRET: BenchOptions = { both: { secret: SECRET } };
/** More than a handshake needs. */
const HANDSHAKE_MS = 20;

/** The server answers everything with what it was asked, at once or after some time. */
function answers(bench: Bench, afterMs = 0): void {
  const { server } = bench;
  const callback = async (message: { readonly data: unknown }): Promise<unknown> => {
    await bench.later(afterMs);
    return echo(message);
  };
  for (const serviceId of [SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST]) {
    server.session.registerCallback(serviceId, null, bench.callback(server, afterMs > 0 ? callback : echo));
  }
}

const connectAndAuthenticate: Scenario = {
  name: 'connect and authenticate',
  options: WITH_SECRET,
  run: async (bench) => {
    const { client } = bench;
    answers(bench);
    bench.ask(client, SID_READ_REQUEST, 0);
    await bench.pass(HANDSHAKE_MS);
    bench.wait('a second authentication', () => client.session.authenticate(500));
    bench.ask(client, SID_READ_REQUEST, 1);
    await bench.pass(HANDSHAKE_MS);
  },
};

const requestsInFlight: Scenario = {
  name: 'requests in flight',
  options: WITH_SECRET,
  run: async (bench) => {
    answers(bench, 5);
    bench.client.session.registerCallback(null, null, bench.callback(bench.client, echo));
    await bench.pass(HANDSHAKE_MS);
    for (let i = 0; i < 4; i++) {
      bench.ask(bench.client, SID_READ_REQUEST, 0);
      bench.ask(bench.client, SID_WRITE_REQUEST, i);
    }
    bench.ask(bench.server, SID_EXECUTE_REQUEST, 0);
    await bench.pass(LINK_MS);
    bench.ask(bench.client, SID_READ_REQUEST, 0);
    await bench.pass(50);
  },
};

const ghost: Scenario = {
  name: 'a ghost',
  options: { both: { lateAnswerGrace: 200 } },
  run: async (bench) => {
    answers(bench, 30);
    await bench.pass(HANDSHAKE_MS);
    bench.ask(bench.client, SID_READ_REQUEST, 0, { timeout: 10 });
    bench.ask(bench.client, SID_READ_REQUEST, 0);
    await bench.pass(15);
    bench.ask(bench.client, SID_READ_REQUEST, 0);
    await bench.pass(100);
    bench.server.comm.isStalled = true;
    bench.ask(bench.client, SID_WRITE_REQUEST, 0, { timeout: 10 });
    await bench.pass(400);
    bench.ask(bench.client, SID_WRITE_REQUEST, 0);
    bench.unstall(bench.server);
    await bench.pass(400);
  },
};

const reconnect: Scenario = {
  name: 'reconnect',
  options: WITH_SECRET,
  run: async (bench) => {
    answers(bench, 10);
    await bench.pass(HANDSHAKE_MS);
    bench.ask(bench.client, SID_READ_REQUEST, 0);
    await bench.pass(LINK_MS);
    bench.client.comm.cut();
    bench.ask(bench.client, SID_READ_REQUEST, 0);
    bench.server.comm.refusesConnections = true;
    await bench.pass(250);
    bench.server.comm.refusesConnections = false;
    await bench.pass(300);
    bench.client.session.reconnect();
    bench.ask(bench.client, SID_READ_REQUEST, 1);
    await bench.pass(HANDSHAKE_MS);
    bench.server.session.reconnect();
    await bench.pass(300);
  },
};

const callbacks: Scenario = {
  name: 'callbacks of the server',
  options: { server: { maxRunningCallbacks: 2, callbackTimeout: 100 } },
  run: async (bench) => {
    const { client, server } = bench;
    answers(bench, 5);
    server.session.onRead(
      1,
      bench.callback(server, () => {
        throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
      }),
    );
    server.session.onRead(
      2,
      bench.callback(server, () => ({ 'no JSON': Symbol('x') })),
    );
    server.session.onRead(
      3,
      bench.callback(server, () => new Promise(() => {})),
    );
    await bench.pass(LINK_MS);
    for (let dataId = 0; dataId < 4; dataId++) bench.ask(client, SID_READ_REQUEST, dataId);
    for (let i = 0; i < 4; i++) bench.ask(client, SID_WRITE_REQUEST, 0);
    bench.ask(client, SID_EXECUTE_REQUEST, 0);
    await bench.pass(200);
  },
};

const messages: Scenario = {
  name: 'send and receive',
  options: { both: { maxBufferedPerKey: 2 } },
  run: async (bench) => {
    const { client, server } = bench;
    bench.wait('a send before there is a link', () => client.session.send(50, 0, 'early'));
    await bench.pass(LINK_MS);
    server.session.registerCallback(
      51,
      null,
      bench.callback(server, () => null),
    );
    for (let i = 0; i < 3; i++) bench.wait(`send ${i}`, () => client.session.send(50, 1, i));
    bench.wait('a send to a callback', () => client.session.send(51, 0, null));
    await bench.pass(LINK_MS);
    bench.wait('a receive of what is there', () => server.session.receive(50, 1, 50));
    bench.wait('a receive of what comes', () => server.session.receive(50, 2, 50));
    bench.wait('a receive of nothing', () => server.session.receive(50, 3, 50));
    bench.wait('a send to who waits', () => client.session.send(50, 2, 'x'));
    client.comm.sendRaw(Buffer.from('noise:<no message:>:<broken:!'));
    await bench.pass(100);
    bench.ask(client, SID_READ_REQUEST, 9);
    await bench.pass(LINK_MS);
  },
};

const closing: Scenario = {
  name: 'close while much is under way',
  options: WITH_SECRET,
  run: async (bench) => {
    const { client, server } = bench;
    answers(bench, 10);
    const hanging = bench.callback(server, () => new Promise(() => {}));
    server.session.onRead(1, hanging);
    await bench.pass(HANDSHAKE_MS);
    for (let i = 0; i < 3; i++) bench.ask(client, SID_READ_REQUEST, 0);
    bench.ask(client, SID_READ_REQUEST, 1);
    bench.wait('a receive', () => client.session.receive(50, 0, 1_000));
    await bench.pass(LINK_MS);
    bench.ask(server, SID_READ_REQUEST, 0);
    bench.close(client);
    bench.wait('a send after the closing', () => client.session.send(50, 0, null));
    await bench.pass(LINK_MS);
    bench.ask(server, SID_READ_REQUEST, 0, { timeout: 50 });
    await bench.pass(20);
    bench.close(server);
    await bench.pass(20);
    bench.expectNoTimers();
  },
};

const aborts: Scenario = {
  name: 'abort',
  options: { both: { lateAnswerGrace: 100 } },
  run: async (bench) => {
    const { client } = bench;
    answers(bench, 10);
    const [early, written, late] = [new AbortController(), new AbortController(), new AbortController()];
    bench.ask(client, SID_READ_REQUEST, 0, { signal: early.signal });
    early.abort();
    await bench.pass(LINK_MS);
    bench.ask(client, SID_READ_REQUEST, 0, { signal: written.signal });
    bench.ask(client, SID_READ_REQUEST, 0, { signal: late.signal });
    await bench.pass(3);
    written.abort();
    bench.ask(client, SID_READ_REQUEST, 0);
    await bench.pass(30);
    late.abort();
    bench.ask(client, SID_READ_REQUEST, 0, { signal: AbortSignal.abort() });
    await bench.pass(50);
  },
};

const names: Scenario = {
  name: 'exchange of names',
  options: { client: { channelName: 'the client' }, server: { channelName: 'the server' } },
  run: async (bench) => {
    answers(bench);
    await bench.pass(HANDSHAKE_MS);
    bench.ask(bench.client, SID_READ_REQUEST, 0);
    bench.client.comm.cut();
    await bench.pass(300);
    bench.ask(bench.client, SID_READ_REQUEST, 0);
    await bench.pass(HANDSHAKE_MS);
  },
};

const wrongKey: Scenario = {
  name: 'a wrong key',
  options: { server: { secret: SECRET }, client: { secret: 'not the secret of the server' } },
  run: async (bench) => {
    const { client } = bench;
    answers(bench);
    bench.ask(client, SID_READ_REQUEST, 0, { timeout: 3_000 });
    await bench.pass(700);
    bench.wait('a second attempt', () => client.session.authenticate(1_000));
    await bench.pass(700);
    bench.wait('a third attempt', () => client.session.authenticate(1_000));
    await bench.pass(1_000);
  },
};

/** Two of these are more than the session writes before it looks whether the peer reads. */
const LARGE_DATA = 'x'.repeat(550_000);
const LARGE_ANSWER = 'x'.repeat(40_000);

const backpressure: Scenario = {
  name: 'backpressure',
  options: { both: { maxOutputBytes: 50_000, maxWaitingCallbacks: 1 } },
  run: async (bench) => {
    const { client, server } = bench;
    answers(bench);
    server.session.onWrite(
      1,
      bench.callback(server, () => LARGE_ANSWER),
    );
    await bench.pass(LINK_MS);
    client.comm.isStalled = true;
    for (let i = 0; i < 2; i++)
      bench.wait(`a large send ${i}`, () => client.session.send(50, 0, LARGE_DATA, 0, 500));
    bench.ask(client, SID_READ_REQUEST, 0);
    bench.wait('a send that has to wait', () => client.session.send(50, 1, null, 0, 500));
    bench.wait('a send that is too late', () => client.session.send(50, 2, null, 0, 10));
    await bench.pass(20);
    bench.unstall(client);
    await bench.pass(20);
    server.comm.isStalled = true;
    for (let i = 0; i < 3; i++) bench.wait(`a large answer ${i}`, () => client.session.write(1, i));
    bench.ask(client, SID_READ_REQUEST, 0);
    await bench.pass(20);
    bench.unstall(server);
    await bench.pass(20);
  },
};

const services: Scenario = {
  name: 'services of one’s own',
  options: WITH_SECRET,
  run: async (bench) => {
    const { client, server } = bench;
    for (const { session } of bench.sides) {
      session.addService(100, 101, 'calibrate request', 'calibrate response');
      session.addMsgToAuthWhitelist(100, 0).addMsgToAuthWhitelist(101, 0).addStatus(7, 'calibrated');
    }
    server.session.onRequest(
      100,
      null,
      bench.callback(server, (data: unknown) => data),
    );
    bench.ask(client, 100, 0);
    await bench.pass(2);
    bench.ask(client, 100, 1);
    await bench.pass(HANDSHAKE_MS);
    bench.ask(client, 100, 1);
    bench.ask(client, 100, 0);
    bench.wait('a message of a service of one’s own', () => client.session.send(101, 5, 'x', 7));
    bench.wait('a request of a service that nobody knows', () => client.session.request(200, 0));
    await bench.pass(HANDSHAKE_MS);
  },
};

const middlewares: Scenario = {
  name: 'middlewares on both sides',
  options: { both: { secret: SECRET, callbackTimeout: 200 } },
  run: async (bench) => {
    withMiddlewares(bench);
    answers(bench, 5);
    await bench.pass(HANDSHAKE_MS);
    for (let i = 0; i < 2; i++) bench.ask(bench.client, SID_READ_REQUEST, 0, { timeout: 500 });
    bench.ask(bench.client, SID_WRITE_REQUEST, 1, { timeout: 500 });
    await bench.pass(1_000);
    bench.client.comm.cut();
    bench.ask(bench.client, SID_EXECUTE_REQUEST, 0, { timeout: 2_000 });
    await bench.pass(1_000);
  },
};

const byContract: Scenario = {
  name: 'a contract',
  options: { both: { secret: SECRET, callbackTimeout: 200 } },
  run: async (bench) => {
    await bench.pass(HANDSHAKE_MS);
    askByContract(bench);
    await bench.pass(1_000);
  },
};

const traced: Scenario = {
  name: 'somebody who traces',
  options: WITH_SECRET,
  run: (bench) =>
    whileTraced(bench, async () => {
      answers(bench, 5);
      await bench.pass(HANDSHAKE_MS);
      for (let i = 0; i < 2; i++) bench.ask(bench.client, SID_READ_REQUEST, 0);
      bench.ask(bench.client, SID_WRITE_REQUEST, 1, { timeout: 3 });
      await bench.pass(HANDSHAKE_MS);
      bench.client.comm.cut();
      bench.ask(bench.client, SID_EXECUTE_REQUEST, 0);
      await bench.pass(500);
    }),
};

/** All stories. */
export const SCENARIOS: readonly Scenario[] = [
  connectAndAuthenticate,
  requestsInFlight,
  ghost,
  reconnect,
  callbacks,
  messages,
  closing,
  aborts,
  names,
  wrongKey,
  backpressure,
  services,
  middlewares,
  byContract,
  traced,
];
