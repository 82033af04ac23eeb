import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  connect,
  createMemoryPair,
  listen,
  OptionError,
  PureJsonProtocol,
  type Server,
  Session,
  TcpClientStp,
} from '../../src/index.js';
import { openInspector } from '../../src/inspector/index.js';
import { createPureJson, createStructJson } from '../../src/wire/index.js';
import { CLOSED_PORT, DOORS, type Door } from '../support/option-doors.js';
import { rightValues, wrongValues } from '../support/option-tables.js';

const CANARY = 'canary-in-the-coal-mine';

const { client: askingComm, server: answeringComm } = createMemoryPair();
const session = new Session(askingComm);
const peer = new Session(answeringComm)
  .onRead(null, () => 'read')
  .onWrite(null, () => 'written')
  .onExecute(null, () => 'executed');
let server: Server;
beforeAll(async () => {
  server = await listen({ port: 0 }, () => {});
});
afterAll(async () => {
  await Promise.all([session.close(), peer.close(), server.close()]);
});

/** What a door throws or rejects with; undefined where it opens. */
async function errorOf({ enter, needed }: Door, options: unknown, isWhole = false): Promise<unknown> {
  const isObject = typeof options === 'object' && options !== null && !isWhole;
  try {
    await enter((isObject ? { ...needed, ...options } : options) as never);
    return undefined;
  } catch (error) {
    return error;
  }
}

async function refusalOf(door: Door, options: unknown, isWhole = false): Promise<OptionError> {
  const error = await errorOf(door, options, isWhole);
  if (error instanceof OptionError) return error;
  throw new Error('The door let them pass', { cause: error });
}

/** Where a text is in its place. */
const TEXTS: ReadonlySet<string> = new Set(['text', 'secret', 'servers', 'credential']);

describe.each(DOORS)('$door', (door) => {
  const { call, table, takes = [] } = door;
  const names = Object.keys(table);

  const bare: [kind: string, value: unknown][] = [
    ['a number', 17_017],
    ['a string', CANARY],
    ['an array', [17_017]],
    ['bytes', Buffer.from(CANARY)],
    ['null', null],
    ['a function', () => {}],
    ['a boolean', true],
  ];

  test.each(
    bare.filter(([kind]) => !takes.includes(kind)),
  )('refuses %s where options belong, and says how to write it', async (kind, value) => {
    const error = await refusalOf(door, value, true);
    expect(error.message).toBe(`Option options: expected an object, as in ${call}, got ${kind}`);
    expect(error).toMatchObject({ option: 'options', reason: 'invalid-option' });
  });

  test('refuses each option that is wrong, by its name', async () => {
    for (const [name, row] of Object.entries(table)) {
      for (const value of wrongValues(row)) {
        const error = await refusalOf(door, { [name]: value });
        expect(error, String(value)).toMatchObject({ option: name, reason: 'invalid-option' });
      }
    }
  });

  test('refuses each misspelt option, and knows which one was meant', async () => {
    for (const name of names) {
      const misspelt = [`${name[0]}${name.slice(2)}`, name.toUpperCase(), `${name}s`];
      if (/[A-Z]/.test(name)) misspelt.push(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
      for (const wrong of misspelt) {
        const error = await refusalOf(door, { [wrong]: CANARY });
        expect(error).toMatchObject({
          message: `There is no option ${wrong}; did you mean ${name}?`,
          option: wrong,
          reason: 'unknown-option',
        });
      }
    }
  });

  test('refuses an option that is like no other, and shows no value', async () => {
    const { message } = await refusalOf(door, { quizzical: CANARY });
    expect(message).toMatch(/^There is no option quizzical; (?:see \w+Options|known options: [\w, ]+)$/);
    expect(message).not.toContain(CANARY);
  });

  test('refuses a secret that it has no use for, and never shows one', async () => {
    for (const secret of [CANARY, [CANARY], { CANARY }]) {
      const isKnown = 'secret' in table;
      if (isKnown && secret === CANARY) continue;
      const error = await refusalOf(door, { secret });
      expect(error).toMatchObject({
        option: 'secret',
        reason: isKnown ? 'invalid-option' : 'unknown-option',
      });
      expect(error.stack).not.toContain(CANARY);
    }
  });

  test('shows no text that is in the wrong place', async () => {
    for (const [name, row] of Object.entries(table)) {
      if (TEXTS.has(row.unit)) continue;
      const error = await refusalOf(door, { [name]: CANARY });
      expect(error.stack, name).not.toContain(CANARY);
    }
  });
});

describe.each(DOORS.filter(({ isCheap }) => isCheap))('$door', (door) => {
  test('takes each option at its bounds', async () => {
    for (const [name, row] of Object.entries(door.table)) {
      for (const value of rightValues(name, row)) {
        // a path stands in the place of a port
        const options = { [name]: value, ...(name === 'path' && { port: undefined }) };
        expect(await errorOf(door, options), `${name}: ${String(value)}`).toBeUndefined();
      }
    }
  });

  test('takes undefined for an option that is left out', async () => {
    const all = Object.fromEntries(Object.keys(door.table).map((name) => [name, undefined]));
    expect(await errorOf(door, { ...all, ...door.needed })).toBeUndefined();
  });

  test('does not look at symbols', async () => {
    expect(await errorOf(door, { [Symbol('internal')]: 1 })).toBeUndefined();
  });
});

describe('a session', () => {
  test('takes each option of a request', async () => {
    const { signal } = new AbortController();
    for (const options of [{}, { timeout: undefined, signal: undefined }, { timeout: 1_000 }, { signal }]) {
      expect(await session.read(0, options)).toBe('read');
      expect(await session.write(0, 1, options)).toBe('written');
      expect(await session.execute(0, 1, options)).toBe('executed');
      expect((await session.request(10, 0, null, options)).data).toBe('read');
    }
  });

  test('refuses a bare signal', async () => {
    const { signal } = new AbortController();
    await expect(session.read(0, signal as never)).rejects.toMatchObject({ reason: 'unknown-option' });
  });
});

describe('connect', () => {
  test('takes options of the transport, of the session and of its own', async () => {
    const { signal } = new AbortController();
    const options = {
      reconnect: false,
      requestTimeout: 50,
      autoAuth: false,
      waitForPeer: true,
      signal,
    } as const;
    await using connected = await connect({ port: server.port, random: () => 0, ...options });
    expect(connected.isConnected()).toBe(true);
  });

  test('takes the options of an instance of a class, getters included', async () => {
    class Settings {
      readonly port = CLOSED_PORT;
      get secret(): string {
        return '';
      }
    }
    await expect(connect(new Settings())).rejects.toMatchObject({ option: 'secret' });
  });
});

describe('a protocol', () => {
  test('decides about its codec', () => {
    const { client } = createMemoryPair();
    expect(() => new PureJsonProtocol(client, { codec: createStructJson() } as never)).toThrow(
      expect.objectContaining({ option: 'codec', reason: 'unknown-option' }),
    );
  });

  test('passes the options of the codec on to it', async () => {
    const { client, server } = createMemoryPair();
    await using answering = new PureJsonProtocol(server, { allowNan: true });
    await using asking = new PureJsonProtocol(client, { maxDepth: 1 });
    answering.onRead(0, () => Number.NaN);
    expect(await asking.read(0)).toBeNaN();
    await expect(asking.write(0, [[]])).rejects.toThrow('expected at most 1 nested arrays and objects');
  });
});

test('the compiler refuses unknown names', () => {
  const calls = [
    // @ts-expect-error misspelt
    () => connect({ prot: 1, port: 1 }),
    // @ts-expect-error an option of a client
    () => listen({ port: 1, reconnect: false }, () => {}),
    // @ts-expect-error an option of a transport
    () => new Session(askingComm, { host: 'here' }),
    // @ts-expect-error the class decides about the codec
    () => new PureJsonProtocol(askingComm, { codec: createPureJson() }),
    // @ts-expect-error an option of a session
    () => new TcpClientStp({ port: 1, secret: 'x' }),
    // @ts-expect-error an option of a request
    () => createMemoryPair({ timeout: 5 }),
    // @ts-expect-error misspelt
    () => openInspector({ prot: 5 }),
    // @ts-expect-error misspelt
    () => session.read(0, { timout: 5 }),
    // @ts-expect-error no options
    () => session.read(0, 100),
  ];
  expect(calls).toHaveLength(9);
});
