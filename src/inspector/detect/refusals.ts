/** Peers that a server refuses before they have a session: one trouble for each address and cause, however often it comes. */

import { PEER_REFUSALS } from '../../protocol/reasons.js';
import type { ObservedRefusal, RefusalCause } from '../../session/journal/refusal-door.js';
import type { Incidents } from './incidents.js';

/** What a server says of those that it refuses; else the text of the reason. */
const SET_UP_FAILED = 'their session could not be set up';
/** More at once are not read one by one; a scan of a whole network must not fill the ring. */
const MAX_TROUBLES = 64;
/** An address that was quiet for so long makes room for another one. */
const QUIET_MS = 600_000;
/** What a library or a peer adds may be a whole document. */
const MAX_DETAIL = 300;

/** Where all come from that have no trouble of their own. */
const OTHER_ADDRESSES = 'other addresses';
const UNKNOWN_ADDRESS = 'an unknown address';

/** An address and a cause. */
interface Known {
  readonly incident: number;
  lastMs: number;
}

/** Watches whom a server refuses. */
export class Refusals {
  readonly #incidents: Incidents;
  /** By cause and address; the one that was quiet for longest comes first. */
  readonly #known = new Map<string, Known>();

  constructor(incidents: Incidents) {
    this.#incidents = incidents;
  }

  /**
   * A peer was refused.
   *
   * @param listener where the server listens
   */
  refused({ cause, address, detail }: ObservedRefusal, listener: string, ms: number): void {
    const from = address === null ? UNKNOWN_ADDRESS : hostOf(address);
    const key = `${cause} ${from}`;
    const known = this.#known.get(key);
    const hasOwn = known !== undefined || this.#hasRoom(ms);
    const shown = detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail;
    const incident = this.#incidents.happened(
      {
        code: 'peer-refused',
        key: hasOwn ? key : `${cause} …`,
        text: `${from}: ${textOf(cause)}${shown === '' ? '' : `: ${shown}`}`,
        about: {
          reason: cause,
          address: hasOwn ? from : OTHER_ADDRESSES,
          lastAddress: from,
          listener,
          detail: shown,
        },
      },
      ms,
    );
    if (!hasOwn) return;
    this.#known.delete(key);
    this.#known.set(key, { incident, lastMs: ms });
  }

  #hasRoom(ms: number): boolean {
    if (this.#known.size < MAX_TROUBLES) return true;
    const [[key, { incident, lastMs }] = NOBODY] = this.#known;
    if (ms - lastMs < QUIET_MS) return false;
    this.#known.delete(key);
    this.#incidents.forget(incident);
    return true;
  }
}

const NOBODY: readonly [string, Known] = ['', { incident: 0, lastMs: Number.POSITIVE_INFINITY }];

function textOf(cause: RefusalCause): string {
  return cause === 'set-up-failed' ? SET_UP_FAILED : PEER_REFUSALS[cause];
}

/** Without the port, which the system of the peer chooses anew each time, and as IPv4 what is that. */
function hostOf(address: string): string {
  const host = /^(?:\[(.+)\]|([^:]*)):\d+$/.exec(address);
  return (host?.[1] ?? host?.[2] ?? address).replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
