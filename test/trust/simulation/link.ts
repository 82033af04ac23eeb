import type { SimulatedTime } from './clock.js';
import type { Party } from './party.js';
import { SimulatedSocket } from './socket.js';

/** What a link asks of chance, and tells about what it did; the network decides. */
export interface Weather {
  /** How long the next bytes take. */
  latencyMs(): number;
  /** What becomes of bytes that are sent: usually themselves. */
  distort(direction: Direction, bytes: Buffer): Buffer[];
  /** The window has cut a piece off a write, and the rest of the write still waits. */
  cut(): void;
}

/** How many bytes may be under way and unread; the rest waits at the sender. */
const WINDOW_BYTES = 64 * 1024;

/**
 * One way of a connection. Bytes keep their order, whatever delays them; what is under way when the connection breaks
 * is lost.
 */
export class Direction {
  readonly from: SimulatedSocket;
  readonly to: SimulatedSocket;
  windowBytes = WINDOW_BYTES;
  /** Nothing arrives before this. */
  stalledUntilMs = 0;
  /** A dead cable: what is sent is gone, and nobody says so. */
  isSilent = false;
  /** Nothing gets on the way any more. */
  isCut = false;
  readonly #time: SimulatedTime;
  readonly #weather: Weather;
  #lastArrivalMs = 0;
  readonly #onTheWay: Buffer[] = [];
  #underWay = 0;
  #arrived: Buffer[] = [];
  #arrivedBytes = 0;
  #isEnded = false;
  #hasEndArrived = false;
  #endArrives: (() => void) | null = null;
  #gatherUntilMs = 0;

  constructor(from: SimulatedSocket, to: SimulatedSocket, time: SimulatedTime, weather: Weather) {
    this.from = from;
    this.to = to;
    this.#time = time;
    this.#weather = weather;
    from.out = this;
    to.in = this;
  }

  /** Takes what the sender has, as far as the window allows. */
  pump(): void {
    const { from } = this;
    for (;;) {
      const room = this.windowBytes - this.#underWay - this.#arrivedBytes;
      const writes = from.unsent.length;
      const bytes = room > 0 ? from.take(room) : undefined;
      if (bytes === undefined) break;
      if (this.isCut) continue;
      if (from.unsent.length === writes) this.#weather.cut();
      for (const part of this.#weather.distort(this, bytes)) this.carry(part, this.#weather.latencyMs());
    }
    from.taken();
  }

  /** Puts bytes on the way behind all that are on it. */
  carry(bytes: Buffer, latencyMs: number): void {
    // nobody can put anything on a stream behind its end
    if (this.#isEnded) return;
    const atMs = Math.max(this.#time.nowMs + latencyMs, this.#lastArrivalMs, this.stalledUntilMs);
    this.#lastArrivalMs = atMs;
    this.#underWay += bytes.length;
    this.#onTheWay.push(bytes);
    this.#time.after(atMs - this.#time.nowMs, () => this.#arrive());
  }

  /** Nothing that is sent from now on arrives before this moment. */
  stall(untilMs: number): void {
    this.stalledUntilMs = Math.max(this.stalledUntilMs, untilMs);
  }

  /** The stall is over: what is on the way arrives. */
  release(): void {
    this.stalledUntilMs = 0;
    this.#lastArrivalMs = 0;
    while (this.#onTheWay.length > 0) this.#arrive();
    this.#endArrives?.();
    this.pump();
  }

  /** The first of what is on the way, unless that has been released. */
  #arrive(): void {
    const bytes = this.#onTheWay.shift();
    if (bytes === undefined) return;
    this.#underWay -= bytes.length;
    if (this.isSilent || this.to.destroyed) return;
    this.#arrived.push(bytes);
    this.#arrivedBytes += bytes.length;
    if (this.#time.nowMs >= this.#gatherUntilMs) this.deliver();
  }

  /** What arrives until then is handed over as one chunk. */
  gather(untilMs: number): void {
    this.#gatherUntilMs = untilMs;
    this.#time.after(untilMs - this.#time.nowMs, () => {
      if (this.#arrived.length > 1) this.#arrived = [Buffer.concat(this.#arrived)];
      this.deliver();
    });
  }

  /** Bytes that the sender once sent reach the receiver's socket although it is gone. */
  replayStale(bytes: Buffer): void {
    this.to.emit('data', bytes);
  }

  /** Hands over what has arrived, unless the receiver does not read. */
  deliver(): void {
    while (!this.to.isDeaf && !this.to.destroyed) {
      const bytes = this.#arrived.shift();
      if (bytes === undefined) break;
      this.#arrivedBytes -= bytes.length;
      this.to.emit('data', bytes);
    }
    if (this.#hasEndArrived && this.#arrived.length === 0 && !this.to.isDeaf) return this.to.ended();
    if (!this.from.destroyed) this.pump();
  }

  /** The sender is gone: the receiver hears so after all that is on the way. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const atMs = Math.max(
      this.#time.nowMs + this.#weather.latencyMs(),
      this.#lastArrivalMs,
      this.stalledUntilMs,
    );
    this.#endArrives = () => {
      this.#endArrives = null;
      if (this.isSilent) return;
      this.#hasEndArrived = true;
      this.deliver();
    };
    this.#time.after(atMs - this.#time.nowMs, () => this.#endArrives?.());
  }
}

/** One connection: two sockets and the two ways between them. */
export class Link {
  readonly client: SimulatedSocket;
  readonly server: SimulatedSocket;
  readonly up: Direction;
  readonly down: Direction;
  readonly #time: SimulatedTime;

  /** @param server whose the other end is; null: a front that has no program behind it */
  constructor(client: SimulatedSocket, server: Party | null, time: SimulatedTime, weather: Weather) {
    this.client = client;
    this.server = new SimulatedSocket(time, server);
    this.#time = time;
    this.up = new Direction(this.client, this.server, time, weather);
    this.down = new Direction(this.server, this.client, time, weather);
  }

  get isAlive(): boolean {
    return !this.client.destroyed && !this.server.destroyed;
  }

  /** Both ends hear at once that the connection is gone. */
  reset(code = 'ECONNRESET'): void {
    this.client.reset(code);
    this.server.reset(code);
  }

  /** From now on nothing arrives. The server's system finds it in the end; nobody ever says so to the client. */
  goSilent(forMs: number): void {
    this.up.isSilent = true;
    this.down.isSilent = true;
    this.#time.after(forMs, () => this.server.reset('ETIMEDOUT'));
  }
}
