/** The options of the iterators of a session. */

import { optionsDoor } from '../../base/option-names.js';
import { callTimeoutRow, choiceRow, countRow, signalRow, timeoutRow } from '../../base/option-rows.js';
import type { OptionRow, RowsFor } from '../../base/option-table.js';
import { integerOption, type Range } from '../../base/options.js';
import type { AbortSignalLike } from '../../base/signals.js';

/** How states are followed. */
export interface StatesOptions {
  /** Ends the loop, which throws the signal's reason, or an `AbortError` where it gives none. */
  readonly signal?: AbortSignalLike | undefined;
  /** How many states are kept for a loop that does not keep up; then the oldest is dropped, and counted: 1,000. */
  readonly limit?: number | undefined;
}

/** Which messages are followed, and how. */
export interface MessagesOptions {
  /** Only messages of this service; any unless given. */
  readonly serviceId?: number | undefined;
  /** Only messages with this data id; any unless given. */
  readonly dataId?: number | undefined;
  /** Ends the loop, which throws the signal's reason, or an `AbortError` where it gives none. */
  readonly signal?: AbortSignalLike | undefined;
  /** How many messages are kept for a loop that does not keep up; then the oldest is dropped, and counted: 1,000. */
  readonly limit?: number | undefined;
}

/** How data of the peer is watched. */
export interface WatchOptions {
  /** How far apart the readings begin, in milliseconds: 1,000. */
  readonly every?: number | undefined;
  /** How long a reading may take, in milliseconds, waiting for a connection included; as any request unless given. */
  readonly timeout?: number | undefined;
  /** Ends the loop, which throws the signal's reason, or an `AbortError` where it gives none. */
  readonly signal?: AbortSignalLike | undefined;
  /**
   * What a reading does that fails because there is no connection, no answer in time or no room. `wait`: it counts as missed. `throw`:
   * it ends the loop, as any other failure does: `wait`.
   */
  readonly onError?: 'wait' | 'throw' | undefined;
}

const ID_RANGE: Range = { least: 0, most: Number.MAX_SAFE_INTEGER, mayBeInfinite: false };

function anyIdRow(why: string): OptionRow<number | undefined> & { readonly range: Range } {
  return {
    unit: 'count',
    default: undefined,
    why,
    range: ID_RANGE,
    check: (option, value) => (value === undefined ? undefined : integerOption(option, value, ID_RANGE)),
  };
}

const signal = signalRow({ why: '`break` ends the loop from inside.' });
const limit = countRow({ default: 1_000, why: 'More than a loop falls behind that keeps up at all.' });

/** The options of {@link StatesOptions}. */
export const STATES_OPTIONS = { signal, limit } satisfies RowsFor<StatesOptions>;

/** The options of {@link MessagesOptions}. */
export const MESSAGES_OPTIONS = {
  serviceId: anyIdRow('A look at all that comes is the simplest.'),
  dataId: anyIdRow('A look at all that comes is the simplest.'),
  signal,
  limit,
} satisfies RowsFor<MessagesOptions>;

/** The options of {@link WatchOptions}. */
export const WATCH_OPTIONS = {
  every: timeoutRow({ default: 1_000, why: 'A person who looks at a number sees no more.' }),
  timeout: callTimeoutRow({ why: 'The session has a time-out for all requests (requestTimeout).' }),
  signal,
  onError: choiceRow({
    choices: ['wait', 'throw'],
    default: 'wait',
    why: 'A client comes back by itself, and so does what it watches.',
  }),
} satisfies RowsFor<WatchOptions>;

/** Refuses names that are no options of `states`. */
export const admitStatesOptions = optionsDoor('StatesOptions', 'states({ limit: 100 })', STATES_OPTIONS);
/** Refuses names that are no options of `messages`. */
export const admitMessagesOptions = optionsDoor(
  'MessagesOptions',
  'messages({ serviceId: 100 })',
  MESSAGES_OPTIONS,
);
/** Refuses names that are no options of `watch`. */
export const admitWatchOptions = optionsDoor('WatchOptions', 'watch(dataId, { every: 500 })', WATCH_OPTIONS);
