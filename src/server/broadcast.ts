/** Asks many peers at once: each has a result of its own, and what one of them does changes nothing for the others. */

import { describeKind } from '../base/options.js';
import { type AbortSignalLike, reasonOf } from '../base/signals.js';
import { OptionError } from '../protocol/errors.js';
import { STATUS_OKAY } from '../protocol/ids.js';
import type { JsonValue, Message } from '../protocol/message.js';
import { idArgument } from '../session/arguments.js';
import type { RequestOptions } from '../session/request-options.js';
import type { Session } from '../session/session.js';

/** What is broadcast: a read, a write, an execute, a request of a service of your own, or a message without an answer. */
export type BroadcastMessage =
  | { readonly read: number }
  | { readonly write: number; readonly data: unknown }
  | { readonly execute: number; readonly data?: unknown }
  | { readonly request: number; readonly dataId: number; readonly data?: unknown }
  | {
      readonly send: number;
      readonly dataId: number;
      readonly data?: unknown;
      readonly status?: number | undefined;
    };

/** What each peer gives: whether a message was sent, the answer to a request, otherwise the data of the answer. */
export type BroadcastValue<M extends BroadcastMessage> = M extends { readonly send: number }
  ? boolean
  : M extends { readonly request: number }
    ? Message
    : JsonValue;

/** What became of one peer of a broadcast. */
export type BroadcastResult<T> =
  | { readonly session: Session; readonly status: 'fulfilled'; readonly value: T }
  | { readonly session: Session; readonly status: 'rejected'; readonly reason: unknown };

/** Asks one session. */
export type AskOne = (session: Session) => Promise<unknown>;

/** The kinds of broadcasts, and what each has besides its id. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  read: [],
  write: ['data'],
  execute: ['data'],
  request: ['dataId', 'data'],
  send: ['dataId', 'data', 'status'],
};
const EXPECTED = 'one of { read }, { write, data }, { execute }, { request, dataId }, { send, dataId }';

/**
 * Checks what is broadcast.
 *
 * @param options for the request to each peer
 * @returns what asks one peer
 * @throws OptionError for anything that is no message
 */
export function askOf(message: BroadcastMessage, options: RequestOptions): AskOne {
  checkKind(message);
  if ('read' in message) {
    const dataId = idArgument('read', message.read);
    return (session) => session.read(dataId, options);
  }
  if ('write' in message) {
    const dataId = idArgument('write', message.write);
    if (message.data === undefined) throw new OptionError('data', 'data; null stands for none', 'undefined');
    return (session) => session.write(dataId, message.data, options);
  }
  if ('execute' in message) {
    const dataId = idArgument('execute', message.execute);
    return (session) => session.execute(dataId, message.data, options);
  }
  const dataId = idArgument('dataId', message.dataId);
  if ('request' in message) {
    const serviceId = idArgument('request', message.request);
    return (session) => session.request(serviceId, dataId, message.data, options);
  }
  const serviceId = idArgument('send', message.send);
  const status = idArgument('status', message.status ?? STATUS_OKAY);
  return (session) => session.send(serviceId, dataId, message.data, status, options.timeout);
}

function checkKind(message: unknown): void {
  if (typeof message !== 'object' || message === null)
    throw new OptionError('message', EXPECTED, describeKind(message));
  const kinds = Object.keys(KINDS).filter((kind) => kind in message);
  const [kind] = kinds;
  const names = Object.keys(message);
  if (kind === undefined || kinds.length > 1)
    throw new OptionError('message', EXPECTED, names.length === 0 ? '{}' : `{ ${names.join(', ')} }`);
  const other = names.find((name) => name !== kind && KINDS[kind]?.includes(name) !== true);
  if (other !== undefined) throw new OptionError(other, `${kind} takes ${KINDS[kind]?.join(', ')}`, null);
}

/**
 * Asks each session, some at once.
 *
 * @param signal aborted: peers that were not asked yet are not asked any more
 * @returns what became of each, in the order of the sessions; never rejects
 */
export function askAll(
  sessions: readonly Session[],
  ask: AskOne,
  { concurrency, signal }: { readonly concurrency: number; readonly signal: AbortSignalLike | undefined },
): Promise<BroadcastResult<unknown>[]> {
  return new Promise((resolve) => {
    const results: BroadcastResult<unknown>[] = [];
    let next = 0;
    let left = sessions.length;
    const settled = (index: number, result: BroadcastResult<unknown>): void => {
      results[index] = result;
      left--;
      if (left === 0) resolve(results);
      else askNext();
    };
    const askNext = (): void => {
      const index = next++;
      const session = sessions[index];
      if (session === undefined) return;
      const asked = signal?.aborted === true ? Promise.reject(reasonOf(signal)) : ask(session);
      asked.then(
        (value) => settled(index, { session, status: 'fulfilled', value }),
        (reason: unknown) => settled(index, { session, status: 'rejected', reason }),
      );
    };
    if (left === 0) resolve(results);
    for (let open = Math.min(concurrency, left); open > 0; open--) askNext();
  });
}
