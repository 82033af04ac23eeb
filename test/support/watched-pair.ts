import { createMemoryPair, type MemoryComm, Session, type SessionOptions } from '../../src/index.js';
import { CountersClock } from '../../src/inspector/counters-clock.js';
import type { NumberedEntry } from '../../src/inspector/entries.js';
import { InspectorHub } from '../../src/inspector/hub.js';
import { watchOptions } from '../../src/inspector/watch.js';
import type { PairOptions } from './pair.js';
import { VirtualClock } from './virtual-clock.js';

export type TroubleOf = Extract<NumberedEntry, { kind: 'trouble' }>;

/** A debugger without a page, on the time of a test. */
export class Debugged {
  readonly hub: InspectorHub;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.hub = new InspectorHub(100_000, () => clock.now());
  }

  /** Options that make a session visible under a name. */
  watching(group: string): SessionOptions {
    const counters = new CountersClock(() => {});
    return { observe: watchOptions(this.hub, () => group, { counters }).observe };
  }

  /** Lets time pass, for the sessions and for the debugger. */
  async passes(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await this.#clock.advanceAsync(Math.min(left, 500));
      this.hub.sweep();
    }
  }

  /** The entry that counts of each trouble of a group, oldest first; none that another explains. */
  told(group: string): TroubleOf[] {
    return this.all(group).filter(({ coveredBy }) => coveredBy === null);
  }

  /** Those that another explains as well. */
  all(group: string): TroubleOf[] {
    const latest = new Map<number, TroubleOf>();
    for (const entry of this.hub.history) {
      if (entry.kind !== 'trouble' || entry.group !== group) continue;
      latest.delete(entry.incident);
      latest.set(entry.incident, entry);
    }
    return [...latest.values()];
  }

  /** The codes of those that no other explains. */
  codes(group: string): string[] {
    return this.told(group).map(({ code }) => code);
  }

  /** Shows a group as somebody sees it who only reads along: its messages and drops, without what its session knows. */
  readAlong(group: string, as: string): void {
    for (const entry of this.hub.history) {
      if (entry.group !== group) continue;
      if (entry.kind === 'message') {
        const { role, exchange, size, number, ...seen } = entry;
        this.hub.add({ ...seen, group: as });
      } else if (entry.kind === 'drop') {
        const { number, ...seen } = entry;
        this.hub.add({ ...seen, group: as });
      }
    }
  }
}

/** Two sessions over a memory pair, and a debugger that watches both, as `client` and `server`. */
export interface WatchedPair {
  readonly clock: VirtualClock;
  readonly debugged: Debugged;
  readonly client: Session;
  readonly server: Session;
  readonly clientComm: MemoryComm;
  readonly serverComm: MemoryComm;
}

/** A client, and at the other end a transport that accepts, says nothing, and sends what a test sends. */
export async function watchedClient(
  options: SessionOptions = {},
): Promise<Pick<WatchedPair, 'clock' | 'debugged' | 'client' | 'clientComm' | 'serverComm'>> {
  const clock = new VirtualClock();
  const debugged = new Debugged(clock);
  const { client: clientComm, server: serverComm } = createMemoryPair({ clock });
  const shared = { autoAuth: true, clock, random: () => 0.5 };
  const client = new Session(clientComm, { ...shared, ...debugged.watching('client'), ...options });
  await clock.advanceAsync(0);
  return { clock, debugged, client, clientComm, serverComm };
}

/** As `Pair`, and watched. */
export async function watchedPair(options: PairOptions = {}, canDieSilently = false): Promise<WatchedPair> {
  const clock = new VirtualClock();
  const debugged = new Debugged(clock);
  const { client: clientComm, server: serverComm } = createMemoryPair({ clock });
  clientComm.canDieSilently = canDieSilently;
  const shared = { clock, random: () => 0.5, ...options.both };
  const server = new Session(serverComm, { ...shared, ...debugged.watching('server'), ...options.server });
  const watched = debugged.watching('client');
  const client = new Session(clientComm, { autoAuth: true, ...shared, ...watched, ...options.client });
  await clock.advanceAsync(0);
  return { clock, debugged, client, server, clientComm, serverComm };
}
