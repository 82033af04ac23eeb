/** How an entry of the recorder becomes three numbers: its time, a key, and an info in which several fields are joined. */

/** What an entry is about: the lowest bits of its info. */
export const KIND = Object.freeze({ received: 0, sent: 1, state: 2, drop: 3, note: 4 });
export const KIND_BITS = 3;

/** What is kept of the data of a message, where it is not a number of bytes. */
export const KEPT = Object.freeze({
  /** Nothing, because it is confidential; or because it is only a name, or one of too many at once. */
  confidential: 100,
  nothing: 101,
  /** What an authentication says that is no seed and no key. */
  null: 102,
  true: 103,
  false: 104,
});
export const KEPT_BITS = 7;
/** Set where the bytes kept are the first of the payload, and not of the data. */
export const IS_RAW = 1 << (KIND_BITS + KEPT_BITS);
export const STATUS_SHIFT = KIND_BITS + KEPT_BITS + 1;

/** Above a status is the length of the payload. */
export const LENGTH_UNIT = 2 ** 27;
/** A service id and a data id are one key. */
export const DATA_ID_SPACE = 2 ** 32;

/** The largest numbers that fit; a message with any larger one is recorded without its data, and its numbers as a text. */
export const LARGEST = Object.freeze({
  serviceId: 2 ** 20 - 1,
  dataId: DATA_ID_SPACE - 1,
  status: 2 ** 16 - 1,
  length: 2 ** 25 - 1,
});
export const ODD_KEY = -1;

/** The names of a state, of its event and of the reason: each a number below this. */
export const NAME_SPACE = 2 ** 20;
/** The actors whose states are recorded. */
export const ACTORS: readonly string[] = ['session', 'connection', 'authentication', 'channelName', 'drain'];
