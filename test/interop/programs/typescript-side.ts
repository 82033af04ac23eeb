/** Sides in TypeScript, on the interface of this library that the original's programs are ported to. */

import {
  type JsonValue,
  type Logger,
  type Message,
  PureJsonProtocol,
  StructJsonProtocol,
  TcpClientStp,
  TcpServerStp,
} from '../../../src/index.js';
import {
  addData,
  authentificate,
  checkAuthentificationState,
  connectionEstablished,
  type Protocol,
} from './adapter.js';
import {
  type Behaviour,
  type CodecName,
  type Role,
  type Side,
  type SideSetup,
  UNSENDABLE,
} from './program.js';

const SYNC = [900, 0] as const;
const SYNC_TIMEOUT_MS = 20_000;
const NAMES: readonly number[] = [8, 9];

const ignore = (): void => {};
/** Callbacks fail on purpose: somebody hears of it. */
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Makes a side. */
export async function makeTypeScriptSide(
  role: Role,
  codec: CodecName,
  { secret, auto_auth, channel_name }: SideSetup,
  port: number | null,
): Promise<{ side: Side; port: number | null }> {
  const server = role === 'server' ? new TcpServerStp({ port: 0 }) : null;
  const transport = server ?? new TcpClientStp({ port: port ?? 0, reconnect: { minDelay: 1, maxDelay: 20 } });
  const Class = codec === 'pure_json' ? PureJsonProtocol : StructJsonProtocol;
  const protocol = new Class(transport, {
    secret,
    autoAuth: auto_auth,
    channelName: channel_name,
    logger: SILENT,
  });
  const side = new TypeScriptSide(protocol, transport);
  return { side, port: (await server?.listening()) ?? null };
}

class TypeScriptSide implements Side {
  readonly #protocol: Protocol;
  readonly #calls: Readonly<Record<string, (...args: never[]) => unknown>>;
  readonly #counts = new Map<string, number>();
  readonly #waitsForSync = new Set<() => void>();
  #recorded: JsonValue[] = [];
  #lastSync = -1;
  #isReleased = false;
  readonly #held: (() => void)[] = [];

  constructor(protocol: Protocol, transport: TcpClientStp | TcpServerStp) {
    this.#protocol = protocol;
    protocol.addMsgToAuthWhitelist(...SYNC).registerCallback(...SYNC, (message) => this.#synced(message));
    this.#calls = {
      // ── the original's interface ──
      register_callback: (
        serviceId: number | null,
        dataId: number | null,
        behaviour: Behaviour,
        ...args: JsonValue[]
      ) => void protocol.registerCallback(serviceId, dataId, this.#callbackFor(behaviour), ...args),
      send: (serviceId: number, dataId: number, data: JsonValue, status: number, seconds: number) =>
        protocol.send(serviceId, dataId, isUnsendable(data) ? ignore : data, status, 1000 * seconds),
      receive: async (serviceId: number, dataId: number, seconds: number) =>
        fieldsOf(await protocol.receive(serviceId, dataId, 1000 * seconds)),
      authentificate: (seconds: number) => authentificate(protocol, seconds),
      check_authentification_state: () => checkAuthentificationState(protocol),
      connection_established: () => connectionEstablished(protocol),
      is_connected: () => protocol.isConnected(),
      reconnect: () => protocol.reconnect(),
      add_service: (requestSid: number, responseSid: number) =>
        void protocol.addService(requestSid, responseSid),
      add_data: (serviceId: number | number[], dataId: number, name: string) =>
        addData(protocol, serviceId, dataId, name),
      add_status: (status: number, name: string) => void protocol.addStatus(status, name),
      add_msg_to_auth_whitelist_: (serviceId: number, dataId: number) =>
        void protocol.addMsgToAuthWhitelist(serviceId, dataId),
      // ── what programs need besides ──
      send_raw: (payloadHex: string) => transport.send(Buffer.from(payloadHex, 'hex')),
      channel_name: () => protocol.channelName,
      calls: () => this.#recorded.splice(0),
      release: () => this.#release(),
      sync_send: (number: number) => protocol.send(...SYNC, number, 0, SYNC_TIMEOUT_MS),
      sync_wait: (number: number) => this.#syncReaches(number),
      close: () => protocol.close().then(ignore),
    };
  }

  async call(
    name: string,
    args: readonly (JsonValue | Behaviour)[],
  ): Promise<{ value: JsonValue } | { error: string }> {
    const call = this.#calls[name];
    if (call === undefined) return { error: `there is no call ${name}` };
    try {
      const value = await call(...(args as never[]));
      return { value: (value ?? null) as JsonValue };
    } catch (error) {
      return { error: error instanceof Error ? error.name : 'no Error' };
    }
  }

  #release(): void {
    const goOn = this.#held.shift();
    if (goOn === undefined) this.#isReleased = true;
    else goOn();
  }

  /** Resolves with a call of `release` of its own: the next, or the last if nobody has used it. */
  async #released(): Promise<void> {
    if (this.#isReleased) this.#isReleased = false;
    else await new Promise<void>((resolve) => this.#held.push(resolve));
  }

  #synced({ data }: Message): void {
    this.#lastSync = Number(data);
    for (const look of this.#waitsForSync) look();
  }

  #syncReaches(number: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isReached: boolean): void => {
        clearTimeout(timer);
        this.#waitsForSync.delete(look);
        // callbacks that answer later do so in this turn of the event loop
        setImmediate(() => resolve(isReached));
      };
      const look = (): void => {
        if (this.#lastSync >= number) end(true);
      };
      const timer = setTimeout(end, SYNC_TIMEOUT_MS, false);
      this.#waitsForSync.add(look);
      look();
    });
  }

  #callbackFor(behaviour: Behaviour): (message: Message, ...args: JsonValue[]) => unknown {
    return (message, ...args) => {
      const { serviceId, dataId, status, data } = message;
      if (NAMES.includes(serviceId) && behaviour.do !== 'record') return undefined;
      this.#recorded.push([behaviour.label, serviceId, dataId, status, data, args]);
      if (!('later' in behaviour) || !behaviour.later) return this.#behave(behaviour, message, args);
      return Promise.resolve().then(() => this.#behave(behaviour, message, args));
    };
  }

  #behave(behaviour: Behaviour, message: Message, args: JsonValue[]): unknown {
    switch (behaviour.do) {
      case 'answer':
        return [behaviour.status, behaviour.data];
      case 'echo':
        return [behaviour.status, message.data];
      case 'count': {
        const count = (this.#counts.get(behaviour.label) ?? 0) + 1;
        this.#counts.set(behaviour.label, count);
        return [0, count];
      }
      case 'arguments':
        return [0, args];
      case 'return':
        return behaviour.value;
      case 'unsendable':
        return [0, ignore];
      case 'raise':
        throw new Error('the callback raises');
      case 'send':
        void this.#protocol.send(behaviour.service_id, behaviour.data_id, behaviour.data);
        return [0, null];
      case 'hold':
        return this.#released().then(() => [behaviour.status, message.data]);
      case 'record':
        return undefined;
    }
  }
}

function isUnsendable(data: JsonValue): boolean {
  return JSON.stringify(data) === JSON.stringify(UNSENDABLE);
}

function fieldsOf(message: Message | null): JsonValue {
  if (message === null) return null;
  return [message.getStatus(0), message.getServiceId(), message.getDataId(), message.getData()];
}
