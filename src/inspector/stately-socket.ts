/** The connection to a server of Stately's inspector. */

import { clearTimeout, setTimeout } from 'node:timers';
import { OptionError } from '../protocol/errors.js';
import { requireFrom, resolvePackage } from './surroundings.js';

/** Where Stately's own server for local programs listens. */
export const DEFAULT_URL = 'ws://localhost:8080';
/** Events wait while a server has not read more than this. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** How long to wait until a slow server may have read. */
const ROOM_PAUSE_MS = 100;

/** The part of a WebSocket that is used; Node's own and that of `ws` both have it. */
interface Socket {
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/**
 * Sends events over a WebSocket. It replaces the package's own adapter, which keeps events without a limit and cannot be
 * stopped; this one is bounded, counts what it leaves out, and can be stopped.
 */
export class WebSocketAdapter {
  readonly #open: () => Socket;
  readonly #maxWaiting: number;
  #socket: Socket | null = null;
  #isOpen = false;
  #isStopped = false;
  #retryMs = FIRST_RETRY_MS;
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  leftOut = 0;

  constructor(open: () => Socket, maxWaiting: number) {
    this.#open = open;
    this.#maxWaiting = maxWaiting;
    this.#connect();
  }

  /** @throws Error if `@statelyai/inspect` is not installed, OptionError for a wrong address */
  static of(url: string, maxWaiting: number): WebSocketAdapter {
    if (!/^wss?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
      throw new OptionError('url', `the address of a WebSocket, as ${DEFAULT_URL}`, JSON.stringify(url));
    const Class = webSocketClass();
    return new WebSocketAdapter(() => new Class(url), maxWaiting);
  }

  send(event: object): void {
    this.#waiting.push(JSON.stringify(event));
    const excess = this.#waiting.length - this.#maxWaiting;
    if (excess > 0) {
      this.#waiting.splice(0, excess);
      this.leftOut += excess;
    }
    this.#flush();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #connect(): void {
    const socket = this.#open();
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#retryMs = FIRST_RETRY_MS;
      if (this.#isStopped) socket.close();
      else this.#flush();
    };
    // `onclose` follows and connects again
    socket.onerror = () => {};
    socket.onclose = () => {
      this.#isOpen = false;
      if (this.#isStopped) return;
      this.#later(this.#retryMs, () => this.#connect());
      this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
    };
  }

  #flush(): void {
    const socket = this.#socket;
    if (socket === null || !this.#isOpen) return;
    let sent = 0;
    while (sent < this.#waiting.length && socket.bufferedAmount < MAX_UNREAD_BYTES) {
      socket.send(this.#waiting[sent++] as string);
    }
    this.#waiting.splice(0, sent);
    if (this.#waiting.length > 0) this.#later(ROOM_PAUSE_MS, () => this.#flush());
  }

  #later(ms: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
    this.#timer.unref();
  }
}

/** Node's own from version 22; before that, the one that `@statelyai/inspect` depends on. */
function webSocketClass(): new (url: string) => Socket {
  // first: without the package there is nothing to connect for
  const file = statelyPackage();
  const own = (globalThis as { WebSocket?: new (url: string) => Socket }).WebSocket;
  return own ?? (requireFrom(file, 'ws') as new (url: string) => Socket);
}

/**
 * The file of the optional peer.
 *
 * @throws Error if it is not installed
 */
export function statelyPackage(): string {
  const file = resolvePackage('@statelyai/inspect');
  if (file !== undefined) return file;
  throw new Error(
    'The package @statelyai/inspect, an optional peer, is not installed (npm i @statelyai/inspect); a bundled program needs it next to itself, or passes its own inspector in the option create',
  );
}
