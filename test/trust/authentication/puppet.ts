/** A session under the authentication table: it answers requests, and its puppet knows the right key. */

import type { Role, SessionOptions } from '../../../src/index.js';
import { watch } from '../../support/pair.js';
import { MemoryPuppet } from '../../support/puppet.js';

export const SECRET = 'a secret of the table, long enough';
/** The data ids of the requests that the session answers; everybody may ask for the first. */
export const WHITELISTED_DID = 7;
export const OTHER_DID = 5;
export const RESULT = 'the result';
/** What the user of the session asks the puppet for. */
export const ASKED_DID = 3;

/** What becomes of a call of `authenticate`. */
export type Authentication = ReturnType<typeof watch<boolean>>;

/** The session under test, and the other end of its link. */
export class TablePuppet extends MemoryPuppet {
  /** The data ids of the requests whose callbacks ran. */
  readonly ran: number[] = [];
  /** The last call of `authenticate`. */
  authentication: Authentication | null = null;
  readonly #seedsMade: string[] = [];

  /** @param role of the session; the puppet has the other */
  constructor(role: Role, options: SessionOptions = {}) {
    super(role, { session: { secret: SECRET, channelName: 'session', ...options } });
    this.session.addMsgToAuthWhitelist(10, WHITELISTED_DID);
    this.session.registerCallback(10, null, ({ dataId }) => {
      this.ran.push(dataId);
      return [0, RESULT];
    });
    this.clock.advance(0);
  }

  /** The last seed that the server of the two has sent. */
  get lastSeed(): string {
    // what a puppet sends to a server is no seed
    return (this.role === 'server' ? this.seeds : this.#seedsMade).at(-1) ?? '';
  }

  /** Lets the session, a client, begin to authenticate. */
  authenticate(): void {
    this.authentication = watch(this.session.authenticate());
  }

  /** A seed that was never sent before. */
  makeSeed(): string {
    const seed = (this.#seedsMade.length + 1).toString(16).padStart(64, '0');
    this.#seedsMade.push(seed);
    return seed;
  }

  /** The key that is right for the last seed. */
  rightKey(): string {
    return this.keyFor(this.lastSeed);
  }
}
