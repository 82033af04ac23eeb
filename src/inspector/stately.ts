/**
 * Sends what the debugger shows to Stately's inspector as well, through `@statelyai/inspect`: an optional peer, loaded only
 * here. Entries are masked before they get here; the sanitizers of that package are a second safeguard.
 */

import { pathToFileURL } from 'node:url';
import type { createInspector as CreateInspectorFunction } from '@statelyai/inspect';
import { optionReader } from '../base/option-table.js';
import { MACHINES } from './all-machines.js';
import type { NumberedEntry } from './entries.js';
import type { InspectorHub } from './hub.js';
import { admitStatelyOptions, STATELY_OPTIONS } from './option-tables.js';
import { statelyPackage, WebSocketAdapter } from './stately-socket.js';

type CreateInspector = typeof CreateInspectorFunction;

/** The sanitizers for `@statelyai/inspect`. */
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
  // methods, so that an inspector whose parameters have types of XState fits
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
  /** A WebSocket server that passes events on to the inspector: `ws://localhost:8080`. */
  readonly url?: string | undefined;
  /** How many events wait for a server that is not there, or is slow; older ones are left out and counted: 5,000. */
  readonly maxWaiting?: number | undefined;
  /** Makes another inspector of `@statelyai/inspect` than that for a WebSocket. */
  readonly create?: ((sanitizers: StatelySanitizers) => StatelyInspector) | undefined;
}

/** A running forwarding. */
export interface StatelyForwarding {
  /** How many events were not sent, because nobody was there to take them. */
  readonly leftOut: number;
  /** Stops forwarding. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Forwards what a debugger shows to Stately's inspector.
 *
 * @param hub what is shown
 * @param options where to; the server of `@statelyai/inspect/server` unless given
 * @returns the forwarding, which runs until it is closed
 * @throws (rejects) Error where `@statelyai/inspect` is not installed, OptionError for an option out of range
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 * import { forwardToStately, openInspector } from 'socket-protocol/inspector';
 *
 * const inspector = await openInspector();
 * const forwarding = await forwardToStately(inspector.hub, { url: 'ws://localhost:8080' });
 * const session = await connect({ port: 17017, ...inspector.watch('pump') });
 * console.log(forwarding.leftOut);
 * ```
 */
export async function forwardToStately(
  hub: InspectorHub,
  options: StatelyOptions = {},
): Promise<StatelyForwarding> {
  admitStatelyOptions(options);
  const read = optionReader(STATELY_OPTIONS, options);
  const url = read('url');
  const maxWaiting = read('maxWaiting');
  const create = read('create');
  const adapter = create === undefined ? WebSocketAdapter.of(url, maxWaiting) : null;
  const inspector = create?.(SANITIZERS) ?? (await inspectorWith(adapter as WebSocketAdapter));
  const translator = new Translator(inspector);
  let leftOut = 0;
  const subscription = hub.subscribe({
    take: (entry) => {
      translator.forward(entry);
      return true;
    },
    leftOut: (count) => void (leftOut += count),
  });
  const close = (): void => {
    subscription.end();
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

/** Makes the calls to an inspector that stand for an entry. */
class Translator {
  readonly #inspector: StatelyInspector;
  readonly #actors = new Map<string, StatelyActor>();

  constructor(inspector: StatelyInspector) {
    this.#inspector = inspector;
  }

  forward(entry: NumberedEntry): void {
    const { group } = entry;
    switch (entry.kind) {
      case 'actor': {
        const machine = entry.chart === null ? undefined : MACHINES[entry.chart];
        this.#register(group, entry.actor, entry.parent, machine?.config);
        return;
      }
      case 'state':
        this.#inspector.snapshot(
          this.#actor(group, entry.actor),
          { value: entry.state, context: entry.context },
          { event: { type: entry.event } },
        );
        // a session makes an actor for each request
        if (entry.isOver) this.#actors.delete(`${group} ${entry.actor}`);
        return;
      case 'event': {
        const source = entry.from === null ? {} : { source: this.#actor(group, entry.from) };
        this.#inspector.event(this.#actor(group, entry.to), { ...entry.event }, source);
        return;
      }
      case 'message': {
        const { names, serviceId, dataId, status, data, from } = entry;
        const to = from === 'client' ? 'server' : 'client';
        const event = { type: names.service, serviceId, dataId, status, data };
        const source = this.#actor(group, `wire ${from}`);
        this.#inspector.event(this.#actor(group, `wire ${to}`), event, { source });
        return;
      }
      case 'drop': {
        const { reason, detail } = entry;
        const to = entry.from === 'client' ? 'server' : 'client';
        const event = { type: `dropped.${reason}`, reason, detail };
        this.#inspector.event(this.#actor(group, `wire ${to}`), event);
        return;
      }
      case 'note': {
        const { code, reason, text } = entry;
        const event = { type: `note.${code}`, reason, text };
        this.#inspector.event(this.#actor(group, 'log'), event);
        return;
      }
      case 'trouble': {
        const { code, text, about } = entry;
        this.#inspector.event(this.#actor(group, 'log'), { type: `trouble.${code}`, text, about } as {
          type: string;
        });
        return;
      }
      case 'session': {
        const { role, address, channelName, codec } = entry;
        const context = { role, address, channelName, codec };
        this.#inspector.snapshot(this.#actor(group, 'identity'), { context });
        return;
      }
      case 'counters':
        this.#inspector.snapshot(this.#actor(group, 'counters'), { context: entry.counters });
    }
  }

  /** Registers unknown actors on first use. */
  #actor(group: string, name: string): StatelyActor {
    return this.#actors.get(`${group} ${name}`) ?? this.#register(group, name, null, undefined);
  }

  #register(group: string, name: string, parent: string | null, config: unknown): StatelyActor {
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

// ── the second safeguard ──

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

async function inspectorWith(adapter: WebSocketAdapter): Promise<StatelyInspector> {
  // with a name that no bundler can follow: they fail where an optional peer is not installed
  const file = pathToFileURL(statelyPackage()).href;
  const { createInspector } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ file)) as {
    createInspector: CreateInspector;
  };
  return createInspector(adapter, {
    ...SANITIZERS,
    autoStart: false,
    maxDeferredEvents: 0,
  } as Parameters<CreateInspector>[1]) as unknown as StatelyInspector;
}
