/** One session in a world, on a real transport over a simulated socket, with a tap on every payload. */

import type { Socket } from 'node:net';
import type { Clock } from '../../../src/base/clock.js';
import type { SessionOptions } from '../../../src/session/options.js';
import type { Runtime } from '../../../src/session/runtime.js';
import { Session } from '../../../src/session/session.js';
import type { DataCallback, DisconnectCallback } from '../../../src/transport/comm-instance.js';
import { TcpClientStp } from '../../../src/transport/tcp-client.js';
import { AcceptedTcpStp } from '../../../src/transport/tcp-comm.js';

/** Hears what passes between a transport and its session. */
export interface Tap {
  sent(payload: Buffer): void;
  received(payload: Buffer): void;
  opened(): void;
  closing(): void;
  closed(): void;
}

/** A client's transport whose sockets are simulated. */
export class TappedClient extends TcpClientStp {
  tap: Tap | null = null;
  readonly #open: () => Socket;

  constructor(clock: Clock, random: () => number, open: () => Socket) {
    super({ port: 1, clock, random, connectTimeout: 5_000 });
    this.#open = open;
  }

  protected override openSocket(): Socket {
    return this.#open();
  }

  override send(payload: Buffer): boolean {
    const isTaken = super.send(payload);
    if (isTaken) this.tap?.sent(payload);
    return isTaken;
  }

  override registerCallback(callback: DataCallback): void {
    super.registerCallback(tappedData(this, callback));
  }

  override registerConnectCallback(callback: () => void): void {
    super.registerConnectCallback(() => {
      this.tap?.opened();
      callback();
    });
  }

  override registerDisconnectCallback(callback: DisconnectCallback): void {
    super.registerDisconnectCallback(tappedEnd(this, callback));
  }
}

/** The transport of an accepted connection, with the same tap. */
export class TappedAccepted extends AcceptedTcpStp {
  tap: Tap | null = null;

  override send(payload: Buffer): boolean {
    const isTaken = super.send(payload);
    if (isTaken) this.tap?.sent(payload);
    return isTaken;
  }

  override registerCallback(callback: DataCallback): void {
    super.registerCallback(tappedData(this, callback));
  }

  override registerDisconnectCallback(callback: DisconnectCallback): void {
    super.registerDisconnectCallback(tappedEnd(this, callback));
  }
}

interface Tapped {
  readonly tap: Tap | null;
}

function tappedData(tapped: Tapped, callback: DataCallback): DataCallback {
  return (payload) => {
    tapped.tap?.received(payload);
    callback(payload);
  };
}

function tappedEnd(tapped: Tapped, callback: DisconnectCallback): DisconnectCallback {
  return (reason) => {
    tapped.tap?.closing();
    callback(reason);
    tapped.tap?.closed();
  };
}

/** A session and the runtime inside it, which the invariants look into. */
export interface Opened {
  readonly session: Session;
  readonly runtime: Runtime;
}

/** Makes a session and keeps hold of its runtime, which no door shows. */
export function openSession(transport: TappedClient | TappedAccepted, options: SessionOptions): Opened {
  startedRuntime = null;
  const session = new Session(transport, options);
  const runtime = startedRuntime as Runtime | null;
  if (runtime === null) throw new Error('expected the session to start a runtime, got none');
  return { session, runtime };
}

let startedRuntime: Runtime | null = null;

/** For the probe: a runtime has started. */
export function runtimeStarted(runtime: Runtime): void {
  startedRuntime = runtime;
}
