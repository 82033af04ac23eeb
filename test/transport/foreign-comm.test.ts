import { describe, expect, test, vi } from 'vitest';
import {
  type CommInstance,
  Message,
  OptionError,
  type OriginalCommInstance,
  PureJsonProtocol,
  Session,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_OKAY,
} from '../../src/index.js';
import { pureJson } from '../../src/wire/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

const READ = pureJson.encode(new Message({ serviceId: SID_READ_REQUEST, dataId: 0, status: STATUS_OKAY }));

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
