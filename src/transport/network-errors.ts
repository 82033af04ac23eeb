/** Maps the system's network errors to reasons. */

import { isError } from '../base/thrown.js';
import type { LinkReason, ListenReason } from '../protocol/reasons.js';

const CONNECT_REASONS: Readonly<Record<string, LinkReason>> = {
  ECONNREFUSED: 'connection-refused',
  // there is no file at the path of a Unix socket
  ENOENT: 'connection-refused',
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'host-unreachable',
  ETIMEDOUT: 'connect-timeout',
  ESELFCONNECT: 'connected-to-itself',
};

const LOSS_REASONS: Readonly<Record<string, LinkReason>> = {
  ECONNRESET: 'connection-reset',
  EPIPE: 'connection-reset',
  // of keep-alive, or of what was sent again and again
  ETIMEDOUT: 'peer-silent',
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'host-unreachable',
};

const LISTEN_REASONS: Readonly<Record<string, ListenReason>> = {
  EADDRINUSE: 'address-in-use',
  EADDRNOTAVAIL: 'address-not-available',
  ENOTFOUND: 'address-not-available',
  ENOENT: 'address-not-available',
  EACCES: 'permission-denied',
};

/**
 * Why a connection could not be opened.
 *
 * @param error what Node gave; for a name with several addresses, an error for each
 */
export function connectReasonOf(error: Error): LinkReason {
  return CONNECT_REASONS[codeOf(error)] ?? 'connect-failed';
}

/**
 * Why a connection that was open is gone.
 *
 * @param error what Node gave
 */
export function lossReasonOf(error: Error): LinkReason {
  return LOSS_REASONS[codeOf(error)] ?? 'network-error';
}

/**
 * Why a server cannot listen.
 *
 * @param error what Node gave
 */
export function listenReasonOf(error: Error): ListenReason {
  return LISTEN_REASONS[codeOf(error)] ?? 'listen-failed';
}

/**
 * Node's message in one line; a name with several addresses gives one error for each.
 *
 * @param error what Node gave
 */
export function detailOf(error: Error): string {
  const errors = errorsIn(error);
  if (errors.length > 0) {
    const messages = errors.map((each) => (isError(each) ? messageOf(each) : String(each)));
    return [...new Set(messages)].join('; ');
  }
  return messageOf(error) || error.name;
}

/** Node writes `::1:80`, which is not the same as `[::1]:80`, and names a local end that never got an address. */
function messageOf(error: Error): string {
  const { address, port } = error as { readonly address?: unknown; readonly port?: unknown };
  const message = error.message.replace(/ - Local \([^()]*:0\)$/, '');
  if (typeof address !== 'string' || !address.includes(':') || port === undefined) return message;
  return message.replace(`${address}:${String(port)}`, `[${address}]:${String(port)}`);
}

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  const [first] = errorsIn(error);
  return isError(first) ? codeOf(first) : '';
}

/** Node's own classes are not those of a test runner's context. */
function errorsIn(error: Error): readonly unknown[] {
  return 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
}
