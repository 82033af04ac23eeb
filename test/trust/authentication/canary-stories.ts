/** What happens to sessions with a canary for a secret: whatever makes a session speak. */

import {
  connect,
  deriveKey,
  listen,
  Message,
  OptionError,
  Session,
  StatusError,
} from '../../../src/index.js';
import { encodeStp, structJson } from '../../../src/wire/index.js';
import { payloadOf, withChecksum } from '../../support/bytes.js';
import { CANARY, CanaryPair, CanaryPuppet, type CanaryWorld, OTHER_CANARY } from './canary.js';

/** So short that the process is warned of it. */
const SHORT_CANARY = 'canary*short';

type Story = (world: CanaryWorld) => Promise<void>;

export const STORIES: Readonly<Record<string, Story>> = {
  'honest sessions': (world) => honest(world, {}),
  'honest sessions with struct_json': (world) => honest(world, { codec: structJson }),
  'sessions with different secrets': differentSecrets,
  'a side without a secret': oneSecret,
  'frames that are spoiled on the way': spoiledFrames,
  'keys and seeds where none belong': misplaced,
  'wrong options': wrongOptions,
  'a handshake over TCP': overTcp,
  'listeners, loggers and inspectors that throw': throwing,
};

async function honest(world: CanaryWorld, both: object): Promise<void> {
  const pair = new CanaryPair(world, { both: { channelName: 'canary channel', ...both } });
  await pair.pass(0);
  pair.server.onRead(1, () => 'an answer');
  pair.server.onRead(2, () => {
    throw new Error('the handler failed');
  });
  pair.server.onRead(3, () => {
    throw new StatusError(6);
  });
  pair.server.onRead(4, () => new Promise(() => {}));
  pair.client.onExecute(1, () => 'done');
  const outcomes = [1, 2, 3, 4, 5].map((dataId) => pair.note(pair.client.read(dataId, { timeout: 100 })));
  outcomes.push(pair.note(pair.server.execute(1)), pair.note(pair.client.send(50, 0, 'text')));
  await pair.pass(200);
  pair.client.reconnect();
  await pair.pass(0);
  pair.clientComm.cut();
  outcomes.push(pair.note(pair.client.write(1, 'waits')));
  await pair.pass(40_000);
  outcomes.push(pair.note(pair.client.authenticate()), pair.note(pair.server.authenticate()));
  outcomes.push(pair.note(pair.client.read(4)));
  await pair.pass(0);
  await pair.close();
  await Promise.all(outcomes);
}

async function differentSecrets(world: CanaryWorld): Promise<void> {
  const pair = new CanaryPair(world, { client: { secret: OTHER_CANARY, autoAuth: false } });
  await pair.pass(0);
  const outcomes = [pair.note(pair.client.read(1, { timeout: 3_000 })), pair.note(pair.client.send(50, 0))];
  for (let attempt = 0; attempt < 3; attempt++) {
    outcomes.push(pair.note(pair.client.authenticate()));
    await pair.pass(1_000);
  }
  await pair.pass(5_000);
  await pair.close();
  await Promise.all(outcomes);
}

async function oneSecret(world: CanaryWorld): Promise<void> {
  for (const secretless of ['client', 'server'] as const) {
    const pair = new CanaryPair(world, { [secretless]: { secret: null } });
    await pair.pass(0);
    const outcomes = [pair.client, pair.server].flatMap((session) => [
      pair.note(session.authenticate()),
      pair.note(session.read(1, { timeout: 100 })),
      pair.note(session.send(50, 0)),
    ]);
    await pair.pass(3_000);
    await pair.close();
    await Promise.all(outcomes);
  }
}

/** A right key and a usable seed, in texts that are no message, and as bytes that are no frame. */
async function spoiledFrames(world: CanaryWorld): Promise<void> {
  for (const role of ['server', 'client'] as const) {
    const puppet = new CanaryPuppet(world, role, { answerChecksumErrors: role === 'server' });
    await puppet.settle();
    const text = await confidentialText(world, puppet, role);
    for (const payload of spoiledPayloads(role, text)) await puppet.sendPayload(payload);
    for (const bytes of [text, `:<${text}`, `:<${text}:x`, text.repeat(100)]) {
      puppet.write(Buffer.from(bytes));
      await puppet.settle();
    }
    await puppet.sendPayload(Buffer.from(text.repeat(100)));
    await puppet.close();
  }
}

/** The key that a server waits for; the seed that a client waits for. */
async function confidentialText(
  world: CanaryWorld,
  puppet: CanaryPuppet,
  role: 'client' | 'server',
): Promise<string> {
  if (role === 'server') await puppet.sendPayload(payloadOf(0, 0, null));
  const seed = role === 'server' ? (puppet.seeds.at(-1) ?? '') : world.random.bytes(32).toString('hex');
  const text = role === 'server' ? deriveKey(seed, Buffer.from(CANARY)) : seed;
  world.remember(new Message({ serviceId: 1, dataId: role === 'server' ? 1 : 0, data: text }));
  return text;
}

function spoiledPayloads(role: 'client' | 'server', text: string): Buffer[] {
  const [serviceId, dataId] = role === 'server' ? [0, 1] : [1, 0];
  const head = `{"data_id": ${dataId}, "service_id": ${serviceId}, "status": 0, "data": `;
  const spoiled = payloadOf(serviceId, dataId, text);
  spoiled[20] = (spoiled[20] ?? 0) ^ 1;
  const texts = [
    `${head}${text}}`,
    `${head}"${text}`,
    `${head}"${text}"`,
    `${head}"${text}\u0001"}`,
    `${head}'${text}'}`,
    `${head}"${text}" "${text}"}`,
    `${head}"\\q${text}"}`,
    `${text}`,
    `"${text}"`,
    `["${text}"]`,
    `{"${text}": 1}`,
    `{"data_id": "${text}", "service_id": ${serviceId}, "status": 0, "data": null}`,
    `{"data_id": ${dataId}, "service_id": ${serviceId}, "status": "${text}", "data": "${text}"}`,
    `${head}${'['.repeat(100)}"${text}"${']'.repeat(100)}}`,
    `${head}${BigInt(`0x${text}`)}}`,
    `${head}${'1'.repeat(5_000)}, "key": "${text}"}`,
  ];
  const notUtf8 = withChecksum(
    Buffer.concat([Buffer.from(`${head}"${text}`), Buffer.from([0xff, 0x22, 0x7d])]),
  );
  return [spoiled, notUtf8, Buffer.from(text), ...texts.map((each) => withChecksum(Buffer.from(each)))];
}

/** Seeds and keys in states that expect none, under other data ids, with other statuses, again and again. */
async function misplaced(world: CanaryWorld): Promise<void> {
  for (const role of ['server', 'client'] as const) {
    const puppet = new CanaryPuppet(world, role);
    await puppet.settle();
    const text = await confidentialText(world, puppet, role);
    for (const serviceId of [0, 1])
      for (const dataId of [2, 0, 1, 99])
        for (const status of [0, 3]) await puppet.sendPayload(payloadOf(serviceId, dataId, text, status));
    await puppet.clock.advanceAsync(3_000);
    await puppet.close();
  }
}

async function wrongOptions(world: CanaryWorld): Promise<void> {
  const pair = new CanaryPair(world, {});
  const wrong: readonly object[] = [
    { secret: { canary: CANARY } },
    { secret: [CANARY] },
    { secret: '' },
    { secret: CANARY, requestTimeout: 'soon' },
    { secret: CANARY, codec: {} },
    { secret: CANARY, inspect: CANARY.length },
  ];
  for (const options of wrong) {
    try {
      new Session(pair.clientComm, options);
    } catch (error) {
      world.outputs.error(error);
      if (!(error instanceof OptionError)) throw error;
    }
    await world.outputs.outcome(listen({ ...options, port: 0 }, () => {}));
    await world.outputs.outcome(connect({ ...options, port: 1 }));
  }
  await pair.close();
}

async function overTcp(world: CanaryWorld): Promise<void> {
  const { outputs } = world;
  const server = await listen({ port: 0, ...world.options({ secret: CANARY }) }, (session) =>
    outputs.listen(session),
  );
  const { port } = server;
  const client = await connect({ port, ...world.options({ secret: CANARY }) });
  outputs.session(client);
  await outputs.outcome(client.read(1, { timeout: 50 }));
  for (const session of server.sessions) outputs.session(session);
  await client.close();
  await outputs.outcome(connect({ port, ...world.options({ secret: OTHER_CANARY }) }));
  await server.close();
  outputs.add('counters', JSON.stringify(server.counters));
  await outputs.outcome(connect({ port, ...world.options({ secret: CANARY }) }));
}

async function throwing(world: CanaryWorld): Promise<void> {
  const fail = (): never => {
    throw new Error('a part of the program that fails');
  };
  const parts: readonly object[] = [
    { logger: { debug: fail, info: fail, warn: fail, error: fail } },
    { inspect: fail },
    {},
  ];
  for (const both of parts) {
    const pair = new CanaryPair(world, { both });
    for (const event of ['connected', 'trusted', 'disconnected'] as const) pair.server.on(event, fail);
    await pair.pass(0);
    pair.clientComm.sendRaw(encodeStp(Buffer.from('nonsense')));
    await pair.pass(0);
    await pair.close();
  }
  world.secrets.set('the short secret', Buffer.from(SHORT_CANARY));
  const warned = new CanaryPair(world, { both: { secret: SHORT_CANARY } });
  await warned.pass(0);
  await warned.close();
}
