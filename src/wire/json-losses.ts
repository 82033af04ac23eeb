/**
 * Values that JSON would silently empty or change: `{}` for a promise, `{"0":1}` for bytes. They are recognised by what they are and
 * not by `instanceof`, so that those of another realm (a vm context, jsdom) are found too.
 */

import { types } from 'node:util';

/**
 * What a value is that is refused even if it has a `toJSON`; null for any other.
 *
 * @param value no plain object and no array
 */
export function neverJson(value: object): string | null {
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value))
    return `bytes in ${aOrAn(nameOf(value))} (send an array of numbers, or a text such as base64)`;
  if (types.isBoxedPrimitive(value)) return `${aOrAn(nameOf(value))} object (send its valueOf())`;
  return null;
}

/**
 * What a value is whose fields do not say what it holds; null where they do, as those of a user's own class.
 *
 * @param value no plain object, no array, and without a `toJSON`
 */
export function lossInFields(value: object): string | null {
  if (types.isNativeError(value) || value instanceof Error)
    return `${aOrAn(nameOf(value))}, whose message JSON leaves out (send the message)`;
  if (types.isMap(value)) return 'a Map (send Object.fromEntries(map))';
  if (!isOfPlatform(value)) return null;
  const isIterable = Symbol.iterator in value && typeof value[Symbol.iterator] === 'function';
  return `${aOrAn(nameOf(value))} (${isIterable ? 'send [...it]' : 'send what you need of it'})`;
}

/**
 * What a value is that JSON would write as `{}` although it holds something; null for one that is empty.
 *
 * A class whose instances have no fields of their own keeps what they hold elsewhere: in private fields, behind getters, in
 * the engine. Only one without any members has nothing.
 *
 * @param value an object without own enumerable properties
 */
export function lossInEmptyObject(value: object): string | null {
  const prototype: object | null = Object.getPrototypeOf(value);
  const isPlain = prototype === null || isRoot(prototype);
  if (Reflect.ownKeys(value).length === 0 && (isPlain || !hasMembers(prototype))) return null;
  return isPlain
    ? 'an object whose properties are symbols or not enumerable, so that JSON shows none'
    : `${aOrAn(nameOf(value))} without fields that JSON shows (send what you need of it, or give it a toJSON)`;
}

/** The same for an object that has some, by the name of the first: only the arguments of a function look like one and are none. */
export function lossInNames(value: object, first: string | undefined): string | null {
  return first === '0' && types.isArgumentsObject(value)
    ? 'the arguments of a function (send [...arguments])'
    : null;
}

/** The same for an array, which JSON would write as `[]`. */
export function lossInArray(value: readonly unknown[]): string | null {
  return value.length === 0 && Object.keys(value).length > 0
    ? 'an array without elements that has properties (send an object)'
    : null;
}

/** Whether its classes have any members: on the way to the prototype of all objects, or private ones. */
function hasMembers(first: object): boolean {
  let prototype: object | null = first;
  while (prototype !== null && !isRoot(prototype)) {
    if (Reflect.ownKeys(prototype).some((key) => key !== 'constructor')) return true;
    if (PRIVATE_NAME.test(sourceOf(prototype.constructor))) return true;
    prototype = Object.getPrototypeOf(prototype);
  }
  return false;
}

/** A private field cannot be seen from outside, but in the text of its class. */
const PRIVATE_NAME = /#[\p{ID_Start}$_]/u;

function sourceOf(maker: unknown): string {
  return typeof maker === 'function' ? Function.prototype.toString.call(maker) : '';
}

/** Whether it is the `Object.prototype` of some realm. */
function isRoot(prototype: object): boolean {
  return (
    prototype === Object.prototype ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
  );
}

/** Whether the language or the platform made its class: those tag their prototypes with a name that cannot be assigned. */
function isOfPlatform(value: object): boolean {
  if (!(Symbol.toStringTag in value)) return false;
  let holder: object | null = Object.getPrototypeOf(value);
  while (holder !== null && !Object.hasOwn(holder, Symbol.toStringTag))
    holder = Object.getPrototypeOf(holder);
  if (holder === null) return false;
  return Object.getOwnPropertyDescriptor(holder, Symbol.toStringTag)?.writable === false;
}

const MAX_NAME_LENGTH = 60;

/** What the class of an object is called, by its constructor or its tag. */
function nameOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  const maker: unknown = value.constructor;
  const name: unknown = typeof maker === 'function' ? maker.name : tag;
  const isName = typeof name === 'string' && name !== '' && name !== 'Object';
  return (isName ? name : tag).slice(0, MAX_NAME_LENGTH);
}

/** A vowel as it sounds: a Uint8Array, a URL. */
const VOWEL = /^(?:[aeio]|u(?!int|rl))/i;

function aOrAn(name: string): string {
  return `${VOWEL.test(name) ? 'an' : 'a'} ${name}`;
}
