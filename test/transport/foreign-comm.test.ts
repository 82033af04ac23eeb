import { describe, expect, test, vi } from 'vitest';
import {
  type CommInstance,
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  Message,
  OptionError,
  type OriginalCommInstance,
  PureJsonProtocol,
  Session,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_OKAY,
} from '../../src/index.js';
import { pureJson } from '../../src/wire/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

const message = (serviceId: number, dataId: number, data: unknown = null): Buffer =>
  pureJson.encode(new Message({ serviceId, dataId, status: STATUS_OKAY, data }));
const READ = message(SID_READ_REQUEST, 0);

/** A transport as a Python programmer would write it: data is announced, and fetched with `receive`. */
class Modem implements OriginalCommInstance {
  readonly IS_CLIENT: boolean = false;
  readonly sent: Message[] = [];
  readonly inbox: unknown[] = [];
  linked = true;
  channel_name: string | null = null;
  on_data: (payload?: Uint8Array) => void = () => {};
  on_connect = (): void => {};
  on_disconnect = (): void => {};

  is_connected(): boolean {
    return this.linked;
  }

  init_channel_name(name: string | null): void {
    this.channel_name = name;
  }

  reconnect(): void {}

  send(payload: Buffer): unknown {
    this.sent.push(pureJson.decode(payload));
    return undefined;
  }

  receive(): Uint8Array | null {
    return (this.inbox.shift() ?? null) as Uint8Array | null;
  }

  register_callback(callback: (payload?: Uint8Array) => void): void {
    this.on_data = callback;
  }

  register_connect_callback(callback: () => void): void {
    this.on_connect = callback;
  }

  register_disconnect_callback(callback: () => void): void {
    this.on_disconnect = callback;
  }
}

/** A session on a modem that answers the read request with a number that grows. */
function answering(modem: Modem): { session: Session; clock: VirtualClock; warnings: string[] } {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  const session = new Session(modem, { clock, channelName: 'modem' });
  let reads = 0;
  session.onRead(0, () => ++reads);
  return { session, clock, warnings };
}

function answersOf(modem: Modem): unknown[] {
  return modem.sent.filter(({ serviceId }) => serviceId === SID_READ_RESPONSE).map(({ data }) => data);
}

describe("a transport with the original's names", () => {
  test('announces data, which is fetched until there is none', async () => {
    const modem = new Modem();
    const { session, clock } = answering(modem);
    expect([modem.channel_name, session.isConnected(), session.role]).toEqual(['modem', true, 'server']);
    modem.inbox.push(READ, new Uint8Array(READ), Buffer.from(READ));
    modem.on_data();
    // there is nothing any more
    modem.on_data();
    await clock.advanceAsync(0);
    expect(answersOf(modem)).toEqual([1, 2, 3]);
    await session.close();
  });

  test('may bring the data along, or itself, as the original does', async () => {
    const modem = new Modem();
    const { session, clock } = answering(modem);
    modem.on_data(new Uint8Array(READ));
    modem.inbox.push(READ);
    modem.on_data(modem as unknown as Uint8Array);
    await clock.advanceAsync(0);
    expect(answersOf(modem)).toEqual([1, 2]);
    await session.close();
  });

  test('may fetch it later: the order stays', async () => {
    const modem = new Modem();
    const { session, clock } = answering(modem);
    modem.inbox.push(Promise.resolve(READ), READ, Promise.resolve(READ));
    modem.on_data();
    modem.on_data();
    await clock.advanceAsync(0);
    expect(answersOf(modem)).toEqual([1, 2, 3]);
    await session.close();
  });

  test('says whether it is a client by IS_CLIENT, and whether it is connected', async () => {
    const modem = new (class extends Modem {
      override readonly IS_CLIENT = true;
    })();
    modem.linked = false;
    const { session, clock } = answering(modem);
    const connected = vi.fn();
    session.on('connected', connected);
    expect([session.role, session.isConnected(), session.commInstance.isClient]).toEqual([
      'client',
      false,
      true,
    ]);
    modem.linked = true;
    modem.on_connect();
    // a second time says nothing new
    modem.on_connect();
    await clock.advanceAsync(0);
    expect([connected.mock.calls.length, session.isConnected(), modem.sent[0]?.data]).toEqual([
      1,
      true,
      'modem',
    ]);
    modem.linked = false;
    modem.on_disconnect();
    modem.on_disconnect();
    await clock.advanceAsync(0);
    expect([session.isConnected(), session.connectionEstablished()]).toEqual([false, false]);
    await session.close();
  });

  test('that connects again without saying that the connection was lost hands no trust on', async () => {
    const modem = new (class extends Modem {
      override readonly IS_CLIENT = true;
    })();
    const clock = new VirtualClock();
    const session = new Session(modem, { clock, secret: 'correct horse battery staple' });
    const events: unknown[] = [];
    session
      .on('connected', () => events.push('connected'))
      .on('disconnected', (reason) => events.push(reason));
    const trusted = session.authenticate();
    modem.on_data(message(SID_AUTH_RESPONSE, DID_AUTH_SEED, 'ab'.repeat(32)));
    modem.on_data(message(SID_AUTH_RESPONSE, DID_AUTH_KEY, true));
    expect([await trusted, session.connectionEstablished()]).toEqual([true, true]);
    modem.sent.length = 0;
    modem.on_connect();
    await clock.advanceAsync(0);
    expect([
      session.isConnected(),
      session.connectionEstablished(),
      session.checkAuthenticationState(),
    ]).toEqual([true, false, false]);
    expect(events).toEqual(['link-closed', 'connected']);
    expect(modem.sent.map(({ serviceId }) => serviceId)).toEqual([SID_CHANNEL_NAME_REQUEST]);
    await session.close();
  });

  test('that was not connected after all begins when it is', async () => {
    const modem = new (class extends Modem {
      override readonly IS_CLIENT = true;
    })();
    const send = modem.send.bind(modem);
    modem.send = () => false;
    const { session, clock } = answering(modem);
    await clock.advanceAsync(0);
    modem.send = send;
    modem.on_connect();
    await clock.advanceAsync(0);
    expect(modem.sent.map(({ serviceId, data }) => [serviceId, data])).toEqual([
      [SID_CHANNEL_NAME_REQUEST, 'modem'],
    ]);
    await session.close();
  });

  test('is believed when it says that it is not connected', async () => {
    const modem = new Modem();
    const { session } = answering(modem);
    expect([session.isConnected(), session.connectionEstablished()]).toEqual([true, true]);
    modem.linked = false;
    expect([session.isConnected(), session.connectionEstablished()]).toEqual([false, false]);
    await session.close();
  });

  test('may say so with a number, and not with a promise', async () => {
    const modem = new Modem();
    const { session } = answering(modem);
    Object.assign(modem, { is_connected: () => 1 });
    expect(session.isConnected()).toBe(true);
    Object.assign(modem, { is_connected: async () => false });
    expect(() => session.isConnected()).toThrow('isConnected of the transport returned a promise');
    Object.assign(modem, { is_connected: () => true });
    await session.close();
  });

  test('whose send rejects closes its session and says why', async () => {
    const modem = new Modem();
    const { session, clock, warnings } = answering(modem);
    modem.send = () => Promise.reject(new Error('NO CARRIER'));
    modem.on_data(READ);
    await clock.advanceAsync(0);
    const report = await session.close();
    expect([warnings.join(), report.error?.message]).toEqual([
      expect.stringContaining('NO CARRIER'),
      'NO CARRIER',
    ]);
  });

  test('that loses its connection inside of a callback leaves nothing half-open', async () => {
    const modem = new Modem();
    const { session, clock } = answering(modem);
    const send = modem.send.bind(modem);
    modem.send = (payload) => {
      send(payload);
      modem.linked = false;
      modem.on_disconnect();
      return false;
    };
    const lost = vi.fn();
    session.on('disconnected', lost);
    modem.on_data(READ);
    await clock.advanceAsync(0);
    expect([lost.mock.calls.length, session.connectionEstablished()]).toEqual([1, false]);
    modem.linked = true;
    modem.send = send;
    modem.on_connect();
    modem.on_data(READ);
    await clock.advanceAsync(0);
    expect([session.connectionEstablished(), answersOf(modem).at(-1)]).toEqual([true, 2]);
    await session.close();
  });

  test.each([
    ['42', (modem: Modem) => modem.inbox.push(42), 'a number where bytes belong'],
    ['text', (modem: Modem) => modem.inbox.push('text'), 'a string where bytes belong'],
    [
      'a promise of nonsense',
      (modem: Modem) => modem.inbox.push(Promise.resolve({})),
      'an object where bytes',
    ],
    [
      'a rejection',
      (modem: Modem) => modem.inbox.push(Promise.reject(new Error('NO CARRIER'))),
      'NO CARRIER',
    ],
    [
      'an exception',
      (modem: Modem) => {
        modem.receive = () => {
          throw new Error('NO CARRIER');
        };
      },
      'NO CARRIER',
    ],
    [
      'data without end',
      (modem: Modem) => {
        modem.receive = () => READ;
      },
      'did not come to an end',
    ],
    [
      'nothing, for it has no such method',
      (modem: Modem) => Object.assign(modem, { receive: undefined }),
      'receive',
    ],
  ])('whose receive returns %s closes its session and says why', async (_, spoil, said) => {
    const modem = new Modem();
    const { session, clock, warnings } = answering(modem);
    spoil(modem);
    expect(() => modem.on_data()).not.toThrow();
    await clock.advanceAsync(0);
    const report = await session.close();
    expect([warnings.join(), report.error?.message]).toEqual([
      expect.stringContaining(said),
      expect.stringContaining(said),
    ]);
    expect(clock.pending).toBe(0);
  });
});

describe("a transport of the user's own that lacks something", () => {
  const full = {
    isClient: false,
    isConnected: () => false,
    initChannelName: () => {},
    reconnect: () => {},
    send: () => true,
    registerCallback: () => {},
    registerConnectCallback: () => {},
    registerDisconnectCallback: () => {},
  };

  test.each([
    ['isClient', 'IS_CLIENT'],
    ['isConnected', 'is_connected'],
    ['initChannelName', 'init_channel_name'],
    ['reconnect', 'a method'],
    ['send', 'a method'],
    ['registerCallback', 'register_callback'],
    ['registerConnectCallback', 'register_connect_callback'],
    ['registerDisconnectCallback', 'register_disconnect_callback'],
  ])('is refused by the name of the member: %s', (member, original) => {
    const refused = expect.objectContaining({
      option: `commInstance.${member}`,
      message: expect.stringContaining(original),
    });
    expect(() => new PureJsonProtocol({ ...full, [member]: undefined } as unknown as CommInstance)).toThrow(
      refused,
    );
    expect(() => new PureJsonProtocol({ ...full, [member]: 'nonsense' } as unknown as CommInstance)).toThrow(
      refused,
    );
  });

  test.each([undefined, null, 42, 'localhost:17017'])('is refused where it is %s', (given) => {
    expect(() => new PureJsonProtocol(given as unknown as CommInstance)).toThrow(OptionError);
  });

  test('is taken where nothing is missing, with an optional member of the wrong kind refused', () => {
    expect(new PureJsonProtocol(full).isConnected()).toBe(false);
    expect(() => new PureJsonProtocol({ ...full, close: 42 } as unknown as CommInstance)).toThrow(
      expect.objectContaining({ option: 'commInstance.close' }),
    );
  });
});
