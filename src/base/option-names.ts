/** Refuses misspelt names of options, and bare values where options belong. */

import { OptionError } from '../protocol/errors.js';
import { describeKind, isOptionsObject } from './options.js';

/** How many names an error lists; where there are more, it names the interface. */
const MAX_LISTED_NAMES = 8;
const MAX_SHOWN_LENGTH = 60;

/** Names of options: a table, or some of one. */
type OptionNames = Readonly<Record<string, unknown>>;

/**
 * Makes the check of a function that takes options.
 *
 * @param type the interface of the options, for people
 * @param call how to call the function, for people
 * @param tables the options that it takes
 * @returns a function that throws an OptionError for an unknown name, and for anything that holds no options
 */
export function optionsDoor(
  type: string,
  call: string,
  ...tables: readonly OptionNames[]
): (options: unknown) => void {
  const names = new Set(tables.flatMap((table) => Object.keys(table)));
  return (options) => {
    if (!isOptionsObject(options)) {
      throw new OptionError('options', `an object, as in ${call}`, describeKind(options));
    }
    refuseUnknownOptions(options, names, '', type);
  };
}

/**
 * Refuses names that are not in a set; symbols are ignored.
 *
 * @param prefix what an error puts in front of the name of an option
 * @param type the interface of the options, for people
 * @throws OptionError with the reason `unknown-option` and the nearest name
 */
export function refuseUnknownOptions(
  options: object,
  names: ReadonlySet<string>,
  prefix: string,
  type = '',
): void {
  for (const name in options) {
    if (names.has(name) || isInEveryObject(name, options)) continue;
    throw unknownOption(name, names, prefix, type);
  }
}

/** A program may have added something to every object there is, in this realm or in the one of the options. */
function isInEveryObject(name: string, options: object): boolean {
  if (name in Object.prototype) return true;
  if (Object.hasOwn(options, name)) return false;
  let root = options;
  for (let next: object | null = options; next !== null; next = Object.getPrototypeOf(root)) root = next;
  return Object.hasOwn(root, name) && Object.hasOwn(root, 'isPrototypeOf');
}

/** The error for an option that does not exist. */
export function unknownOption(name: string, names: ReadonlySet<string>, prefix = '', type = ''): OptionError {
  const nearest = nearestName(name, names);
  const option = prefix + (name.length > MAX_SHOWN_LENGTH ? `${name.slice(0, MAX_SHOWN_LENGTH)}…` : name);
  if (nearest !== null) return new OptionError(option, `did you mean ${prefix}${nearest}?`, null);
  const hint =
    names.size > MAX_LISTED_NAMES && type !== '' ? `see ${type}` : `known options: ${[...names].join(', ')}`;
  return new OptionError(option, hint, null);
}

/** The name that somebody probably meant; null where none is near. */
export function nearestName(name: string, names: ReadonlySet<string>): string | null {
  const meant = plain(name);
  let nearest: string | null = null;
  let least = Math.max(1, Math.floor(meant.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(meant, plain(candidate));
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Cases and separators make no difference: `channel_name` is `channelName`. */
function plain(name: string): string {
  return name.slice(0, MAX_SHOWN_LENGTH).toLowerCase().replace(/[_-]/g, '');
}

/** How many letters to add, remove, replace or swap with their neighbour. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
