/** One of two honest peers: does to the other what it is told, and answers what the other asks. */

import {
  isSocketProtocolError,
  type LinkReason,
  type Session,
  SID_EXECUTE_REQUEST,
} from '../../../src/index.js';
import type { Act, Acted, PeerState } from './flow-questions.js';

const LARGE_SID = 200;
/** Read requests have the length of the answer in the data id; execute requests echo, or ask back. */
const ECHO = 0;
const NESTED = 1;

/** Far more than any of it takes: what hangs is found. */
export const PATIENT_MS = 60_000;

/** A peer. */
export class ActingPeer {
  readonly #session: Session;
  readonly #disconnects: LinkReason[] = [];
  #arrived = 0;
  #heard: () => void = () => {};

  constructor(session: Session) {
    this.#session = session;
    session.onRead(null, (_, { dataId }) => 'x'.repeat(dataId));
    session.onExecute(ECHO, (data) => new Promise((resolve) => setImmediate(() => resolve(data))));
    session.onExecute(null, async (data, { dataId }) => {
      if (dataId > NESTED) await session.execute(dataId - 1);
      return data;
    });
    session.registerCallback(LARGE_SID, null, ({ data, dataId }) => {
      if (typeof data === 'string' && data.length === dataId) this.#arrived++;
      this.#heard();
    });
    session.on('disconnected', (reason) => this.#disconnects.push(reason));
  }

  /** Does it, and says what came of it. */
  async act(act: Act): Promise<Acted> {
    const session = this.#session;
    switch (act.kind) {
      case 'read':
        return await settled(
          act.count,
          async () => (await session.read<string>(act.byteLength)).length === act.byteLength,
        );
      case 'echo': {
        const data = 'y'.repeat(act.byteLength);
        return await settled(act.count, async () => (await session.execute(ECHO, data)) === data);
      }
      case 'nested':
        return await settled(act.count, async (n) => {
          const { status, data } = await session.request(SID_EXECUTE_REQUEST, NESTED + act.depth, n);
          return status === 0 && data === n;
        });
      case 'send':
        return await this.#send(act.count, 'z'.repeat(act.byteLength));
      case 'answer':
        return { done: 0, failed: {} };
    }
  }

  async #send(count: number, data: string): Promise<Acted> {
    let done = 0;
    for (let n = 0; n < count; n++)
      if (await this.#session.send(LARGE_SID, data.length, data, 0, PATIENT_MS)) done++;
    return { done, failed: done === count ? {} : { 'not sent': count - done } };
  }

  /** How it is, once so many messages of `send` have arrived; or after a while. */
  async state(awaits: number): Promise<PeerState> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#heard = () => void (this.#arrived >= awaits && resolve());
      timer = setTimeout(resolve, PATIENT_MS);
      this.#heard();
    });
    clearTimeout(timer);
    const { dropped } = this.#session.counters;
    return { arrived: this.#arrived, dropped, disconnects: this.#disconnects };
  }
}

/** Does something so many times at once; waits for all of them. */
async function settled(count: number, run: (n: number) => Promise<boolean>): Promise<Acted> {
  let done = 0;
  const failed: Record<string, number> = {};
  const fail = (what: string): void => {
    failed[what] = (failed[what] ?? 0) + 1;
  };
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      try {
        if (await run(n)) done++;
        else fail('a wrong answer');
      } catch (error) {
        fail(isSocketProtocolError(error) ? `${error.code} ${error.reason}` : String(error));
      }
    }),
  );
  return { done, failed };
}
