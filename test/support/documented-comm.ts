/** Comm instances as a reader of the original's documentation would write them: nothing else, under either spelling. */

export type Spelling = 'snake_case' | 'camelCase';
/** What the data callback is called with: the documentation does not say. */
export type DataCallbackStyle = 'without arguments' | 'with the instance';

/** The documented members, and `receive`, which a data callback calls. */
export const MEMBERS = [
  'init_channel_name',
  'IS_CLIENT',
  'is_connected',
  'reconnect',
  'register_callback',
  'register_connect_callback',
  'register_disconnect_callback',
  'send',
  'receive',
] as const;

/** A member under its other name. */
export function camelCase(member: string): string {
  return member.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** One end of a connection within the process. */
class End {
  peer: End | null = null;
  name: string | null = null;
  readonly #isClient: boolean;
  readonly #style: DataCallbackStyle;
  readonly #received: Uint8Array[] = [];
  #isConnected = false;
  #instance: object = {};
  #onData: (...args: unknown[]) => void = () => {};
  #onConnect = (): void => {};
  #onDisconnect = (): void => {};

  constructor(isClient: boolean, style: DataCallbackStyle) {
    this.#isClient = isClient;
    this.#style = style;
  }

  connect(): void {
    this.#isConnected = true;
    this.#onConnect();
  }

  disconnect(): void {
    this.#isConnected = false;
    this.#received.length = 0;
    this.#onDisconnect();
  }

  #deliver(payload: Uint8Array): void {
    if (!this.#isConnected) return;
    this.#received.push(payload);
    if (this.#style === 'with the instance') this.#onData(this.#instance);
    else this.#onData();
  }

  /** The object that a program passes to the library. */
  instance(spelling: Spelling): Record<string, unknown> {
    const members: Record<(typeof MEMBERS)[number], unknown> = {
      IS_CLIENT: this.#isClient,
      init_channel_name: (name: string | null) => void (this.name = name),
      is_connected: () => this.#isConnected,
      reconnect: () => {
        const { peer } = this;
        if (this.#isConnected) {
          this.disconnect();
          peer?.disconnect();
        }
        setImmediate(() => {
          if (this.#isConnected) return;
          peer?.connect();
          this.connect();
        });
      },
      register_callback: (callback: () => void) => void (this.#onData = callback),
      register_connect_callback: (callback: () => void) => void (this.#onConnect = callback),
      register_disconnect_callback: (callback: () => void) => void (this.#onDisconnect = callback),
      send: (payload: Uint8Array) => {
        const { peer } = this;
        if (!this.#isConnected || peer === null) return false;
        const copy = Uint8Array.from(payload);
        setImmediate(() => peer.#deliver(copy));
        return true;
      },
      receive: () => this.#received.shift() ?? null,
    };
    const named = Object.entries(members).map(([member, value]) => [
      spelling === 'camelCase' ? camelCase(member) : member,
      value,
    ]);
    this.#instance = Object.fromEntries(named) as object;
    return this.#instance as Record<string, unknown>;
  }
}

/** Two joined comm instances, which are connected soon. */
export function documentedPair(
  spelling: Spelling,
  style: DataCallbackStyle = 'without arguments',
): { client: Record<string, unknown>; server: Record<string, unknown> } {
  const client = new End(true, style);
  const server = new End(false, style);
  client.peer = server;
  server.peer = client;
  setImmediate(() => {
    server.connect();
    client.connect();
  });
  return { client: client.instance(spelling), server: server.instance(spelling) };
}
