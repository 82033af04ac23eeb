/**
 * What a session can be told by this library and by nobody else: settings that a user has no use for, and the random
 * source, which a user must not be able to weaken. They ride on the options under a symbol that no door exports.
 */

import type { SessionOptions, SessionSettings } from './options.js';

const INTERNALS = Symbol('internals of a session');

/** Settings of a session that are no options. */
export interface SessionInternals {
  /** The session is over with its first link, as that of an accepted connection is. */
  readonly endsWithItsLink?: boolean;
  /** Where seeds come from; a simulation brings its own, to be the same in each run. */
  readonly randomBytes?: (length: number) => Buffer;
  /** The options, checked: all sessions of one listener have the same. */
  readonly settings?: SessionSettings;
}

/** The same options, with internals. */
export function withInternals<T extends SessionOptions>(options: T, internals: SessionInternals): T {
  return { ...options, [INTERNALS]: internals };
}

/** The internals that options carry; none where a user made them. */
export function internalsOf(options: SessionOptions): SessionInternals {
  return (options as { readonly [INTERNALS]?: SessionInternals } | null)?.[INTERNALS] ?? {};
}
