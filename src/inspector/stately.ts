/**
 * Sends what the debugger shows to Stately's inspector as well, through `@statelyai/inspect`: an optional peer, loaded only
 * here. What is sent is masked before it gets here; the sanitizers of that package look once more.
 */

import { createRequire } from 'node:module';
import type { AnyStateMachine } from 'xstate';
import {
  authenticationMachine,
  channelNameMachine,
  connectionMachine,
  pendingRequestMachine,
  sessionMachine,
} from '../../machines/index.js';
import { OptionError } from '../errors.js';
import { countOption, textOption } from '../options.js';
import type { NumberedEntry } from './entries.js';
import type { InspectorHub } from './hub.js';

/** Where Stately's own server for local programs listens. */
const DEFAULT_URL = 'ws://localhost:8080';
/** How many events wait for a server that is not there, or is slow; older ones are left out, and counted. */
const DEFAULT_MAX_WAITING = 5_000;
/** More than this that a server has not read, and events wait. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** How often one looks whether a slow server has read. */
const ROOM_PAUSE_MS = 100;

/** What is given to `@statelyai/inspect` as its sanitizers. */
export interface StatelySanitizers {
  readonly sanitizeEvent: <T extends object>(event: T) => T;
  readonly sanitizeContext: <T extends object>(context: T) => T;
}

/** An actor as Stately's inspector knows it. */
export interface StatelyActor {
  readonly sessionId: string;
  readonly _parent?: StatelyActor;
  readonly logic?: { readonly config: unknown };
}

/** The part of an inspector of `@statelyai/inspect` that is used. */
export interface StatelyInspector {
  // methods, so that an inspector that asks for types of XState fits
  actor(actor: StatelyActor): void;
  event(target: StatelyActor, event: { type: string }, info?: { source?: StatelyActor }): void;
  snapshot(
    actor: StatelyActor,
    snapshot: { value?: unknown; context?: unknown },
    info?: { event?: { type: string } },
  ): void;
  start?(): void;
  stop?(): void;
}

/** Where events go. */
export interface StatelyOptions {
  /** A WebSocket server that passes events on to the inspector: `ws://localhost:8080` unless given. */
  readonly url?: string | undefined;
  /** How many events wait for a server that is not there, or is slow: 5,000. */
  readonly maxWaiting?: number | undefined;
  /** Makes another inspector of `@statelyai/inspect` than that for a WebSocket. */
  readonly create?: ((sanitizers: StatelySanitizers) => StatelyInspector) | undefined;
}

/** Forwarding that goes on. */
export interface StatelyForwarding {
  /** Events that were not sent, for there was nobody to take them. */
  readonly leftOut: number;
  /** Ends it. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Forwards what a debugger shows to Stately's inspector.
 *
 * @param hub what is shown
 * @param options where to; the server of `@statelyai/inspect/server` unless given
 * @returns the forwarding, which goes on until it is closed
 * @throws (rejects) Error where `@statelyai/inspect` is not installed, OptionError for an option out of range
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 * import { forwardToStately, openInspector } from 'socket-protocol/inspector';
 *
 * await using inspector = await openInspector();
 * using forwarding = await forwardToStately(inspector.hub, { url: 'ws://localhost:8080' });
 * await using session = await connect({ port: 17017, ...inspector.watch('pump') });
 * console.log(forwarding.leftOut);
 * ```
 */
export async function forwardToStately(
  hub: InspectorHub,
  options: StatelyOptions = {},
): Promise<StatelyForwarding> {
  const url = textOption('url', options.url) ?? DEFAULT_URL;
  const maxWaiting = countOption('maxWaiting', options.maxWaiting, DEFAULT_MAX_WAITING, 1);
  const adapter = options.create === undefined ? WebSocketAdapter.of(url, maxWaiting) : null;
  const inspector = options.create?.(SANITIZERS) ?? (await inspectorWith(adapter as WebSocketAdapter));
  const translator = new Translator(inspector);
  let leftOut = 0;
  const { leave } = hub.watch({
    take: (entry) => {
      translator.tell(entry);
      return true;
    },
    leftOut: (count) => void (leftOut += count),
  });
  const close = (): void => {
    leave();
    adapter?.stop();
    inspector.stop?.();
  };
  return {
    get leftOut() {
      return leftOut + (adapter?.leftOut ?? 0);
    },
    close,
    [Symbol.dispose]: close,
  };
}

// ── from entries to calls ──

const MACHINES: Readonly<Record<string, AnyStateMachine>> = {
  session: sessionMachine,
  connection: connectionMachine,
  authentication: authenticationMachine,
  'channel-name': channelNameMachine,
  'pending-request': pendingRequestMachine,
};

/** Tells an inspector what an entry says. */
class Translator {
  readonly #inspector: StatelyInspector;
  readonly #actors = new Map<string, StatelyActor>();

  constructor(inspector: StatelyInspector) {
    this.#inspector = inspector;
  }

  tell(entry: NumberedEntry): void {
    const { group } = entry;
    switch (entry.kind) {
      case 'actor': {
        const machine = entry.chart === null ? undefined : MACHINES[entry.chart];
        this.#introduce(group, entry.actor, entry.parent, machine?.config);
        return;
      }
      case 'state':
        this.#inspector.snapshot(
          this.#actor(group, entry.actor),
          { value: entry.state, context: entry.context },
          { event: { type: entry.event } },
        );
        return;
      case 'event': {
        const source = entry.from === null ? {} : { source: this.#actor(group, entry.from) };
        this.#inspector.event(this.#actor(group, entry.to), { ...entry.event }, source);
        return;
      }
      case 'message': {
        const { names, serviceId, dataId, status, data, from } = entry;
        const to = from === 'client' ? 'server' : 'client';
        this.#inspector.event(
          this.#actor(group, `wire ${to}`),
          { type: names.service, serviceId, dataId, status, data } as { type: string },
          { source: this.#actor(group, `wire ${from}`) },
        );
        return;
      }
      case 'drop': {
        const { reason, detail } = entry;
        const to = entry.from === 'client' ? 'server' : 'client';
        this.#inspector.event(this.#actor(group, `wire ${to}`), {
          type: `dropped: ${reason}`,
          detail,
        } as { type: string });
        return;
      }
      case 'note':
        this.#inspector.event(this.#actor(group, 'log'), { type: entry.text });
        return;
      case 'counters':
        this.#inspector.snapshot(this.#actor(group, 'counters'), { context: entry.counters });
    }
  }

  /** One that nobody has introduced is so now. */
  #actor(group: string, name: string): StatelyActor {
    return this.#actors.get(`${group} ${name}`) ?? this.#introduce(group, name, null, undefined);
  }

  #introduce(group: string, name: string, parent: string | null, config: unknown): StatelyActor {
    const sessionId = `${group} ${name}`;
    const above = parent === null ? undefined : this.#actor(group, parent);
    const actor: StatelyActor = {
      sessionId,
      ...(above === undefined ? {} : { _parent: above }),
      ...(config === undefined ? {} : { logic: { config } }),
    };
    this.#actors.set(sessionId, actor);
    this.#inspector.actor(actor);
    return actor;
  }
}

// ── a second look ──

/** Seeds have 64 digits, keys 128. */
const DIGITS = /[\da-f]{32,}/gi;
const CONFIDENTIAL_NAME = /^(?:secret|seed|key)$/i;

const SANITIZERS: StatelySanitizers = {
  sanitizeEvent: (event) => sanitized(event) as typeof event,
  sanitizeContext: (context) => sanitized(context) as typeof context,
};

function sanitized(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(DIGITS, '***');
  if (Array.isArray(value)) return value.map(sanitized);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      CONFIDENTIAL_NAME.test(name) && typeof member !== 'boolean' && member !== null
        ? '***'
        : sanitized(member),
    ]),
  );
}

// ── the way out ──

/** The part of a WebSocket that is used; Node's own and that of `ws` have it. */
interface Socket {
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(): void;
}

async function inspectorWith(adapter: WebSocketAdapter): Promise<StatelyInspector> {
  const { createInspector } = await import('@statelyai/inspect');
  return createInspector(adapter, {
    ...SANITIZERS,
    autoStart: false,
    maxDeferredEvents: 0,
  } as Parameters<typeof createInspector>[1]) as unknown as StatelyInspector;
}

/**
 * Sends events over a WebSocket. In place of the package's own adapter, which waits for nobody and for ever: this one is
 * bounded, counts what it leaves out, and ends when it is told to.
 */
class WebSocketAdapter {
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

  /** @throws Error where `@statelyai/inspect` is not installed, OptionError for what is no address */
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
    // told before `onclose`, which does what there is to do
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

/** Node's own from version 22; before that, the one that `@statelyai/inspect` has with it. */
function webSocketClass(): new (url: string) => Socket {
  let resolved: string;
  try {
    resolved = createRequire(import.meta.url).resolve('@statelyai/inspect');
  } catch {
    throw new Error('expected the package @statelyai/inspect, an optional peer, to be installed, got none');
  }
  const own = (globalThis as { WebSocket?: new (url: string) => Socket }).WebSocket;
  return own ?? (createRequire(resolved)('ws') as new (url: string) => Socket);
}
