/**
 * The exact writer behind json.ts: writes what `JSON.stringify` would round, and refuses what it would leave out or empty
 * (json-losses.ts), with the place where it is.
 */

import { types } from 'node:util';
import { errorOfThrown } from '../base/thrown.js';
import { lossInArray, lossInEmptyObject, lossInFields, lossInNames, neverJson } from './json-losses.js';

/**
 * Writes a value exactly, as `stringifyJson` describes it.
 *
 * @throws TypeError that names the place of what JSON cannot carry
 */
export function stringifyPythonJson(value: unknown, allowNan: boolean, maxDepth: number): string {
  return new Writer(allowNan, maxDepth).whole(value);
}

/** A longer key is cut where an error names it. */
const MAX_SHOWN_KEY = 60;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** An array with more holes, and mostly holes, is a mistake: to write what is not there could take minutes. */
const MAX_HOLES = 1_000;

class Writer {
  readonly #allowNan: boolean;
  readonly #maxDepth: number;
  readonly #open: object[] = [];
  /** The keys that lead to the value. */
  readonly #place: (string | number)[] = [];
  #refusal: TypeError | null = null;

  constructor(allowNan: boolean, maxDepth: number) {
    this.#allowNan = allowNan;
    this.#maxDepth = maxDepth;
  }

  whole(value: unknown): string {
    let text: string | undefined;
    try {
      text = this.#write(value, '');
    } catch (error) {
      if (error === this.#refusal) throw error;
      // a getter, a toJSON or a proxy of the user's
      const cause = errorOfThrown(error);
      throw new TypeError(`could not read ${this.#path()}: ${cause.message}`, { cause });
    }
    return text ?? this.#refuse('undefined (null stands for none)');
  }

  /** The text, or undefined for what `JSON.stringify` leaves out of an object. */
  #write(value: unknown, key: string): string | undefined {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return JSON.stringify(value);
      case 'bigint':
        return String(value);
      case 'number':
        return this.#number(value);
      case 'undefined':
        return undefined;
      case 'object':
        return value === null ? 'null' : this.#compound(value, key);
      default:
        return this.#refuse(`a ${typeof value}`);
    }
  }

  #number(value: number): string {
    if (Number.isFinite(value)) {
      const text = JSON.stringify(value);
      return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e')
        ? `${text}.0`
        : text;
    }
    if (this.#allowNan) return String(value); // Python's tokens happen to be JavaScript's names
    return this.#fail(
      `expected ${this.#path()} to be a finite number, got ${value} (the option allowNan sends it)`,
    );
  }

  #compound(value: object, key: string): string | undefined {
    if (this.#open.includes(value)) this.#refuse('a circular structure');
    if (this.#open.length >= this.#maxDepth) {
      this.#fail(`expected at most ${this.#maxDepth} nested arrays and objects, got more at ${this.#path()}`);
    }
    this.#open.push(value);
    const text = this.#text(value, key);
    this.#open.pop();
    return text;
  }

  #text(value: object, key: string): string {
    const prototype: unknown = Object.getPrototypeOf(value);
    const isUsual = prototype === null || prototype === Object.prototype || Array.isArray(value);
    if (!isUsual) this.#refuseIf(neverJson(value));
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      const stand: unknown = value.toJSON(key);
      if (stand !== value) return this.#standIn(value, stand, key);
    }
    if (Array.isArray(value)) return this.#items(value);
    if ('then' in value && typeof value.then === 'function') this.#refuse('a Promise (is an await missing?)');
    if (!isUsual) this.#refuseIf(lossInFields(value));
    return this.#members(value as Record<string, unknown>);
  }

  /** What the `toJSON` of a value gives instead of it. */
  #standIn(value: object, stand: unknown, key: string): string {
    if (stand === null && types.isDate(value)) this.#refuse('an invalid Date');
    return this.#write(stand, key) ?? this.#refuse('undefined from its toJSON (null stands for none)');
  }

  #items(value: readonly unknown[]): string {
    this.#refuseIf(lossInArray(value));
    const items: string[] = [];
    let holes = 0;
    for (let i = 0; i < value.length; i++) {
      this.#place.push(i);
      const item = value[i];
      if (item === undefined && !(i in value)) holes++;
      items.push(this.#write(item, String(i)) ?? 'null');
      this.#place.pop();
      if (holes > MAX_HOLES && holes > i / 2)
        this.#refuse(`an array of ${value.length} elements, most of which are not there (send an object)`);
    }
    return `[${items.join(',')}]`;
  }

  #members(value: Readonly<Record<string, unknown>>): string {
    const names = Object.keys(value);
    this.#refuseIf(names.length === 0 ? lossInEmptyObject(value) : lossInNames(value, names[0]));
    const members: string[] = [];
    for (const name of names) {
      this.#place.push(name);
      const text = this.#write(value[name], name);
      if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`);
      this.#place.pop();
    }
    return `{${members.join(',')}}`;
  }

  #refuseIf(what: string | null): void {
    if (what !== null) this.#refuse(what);
  }

  #refuse(what: string): never {
    return this.#fail(`expected ${this.#path()} to be JSON, got ${what}`);
  }

  #fail(message: string): never {
    this.#refusal = new TypeError(message);
    throw this.#refusal;
  }

  /** Where the value is, as a program would write it. */
  #path(): string {
    let path = 'data';
    for (const key of this.#place) {
      if (typeof key === 'number') path += `[${key}]`;
      else if (IDENTIFIER.test(key) && key.length <= MAX_SHOWN_KEY) path += `.${key}`;
      else
        path += `[${JSON.stringify(key.length > MAX_SHOWN_KEY ? `${key.slice(0, MAX_SHOWN_KEY)}…` : key)}]`;
    }
    return path;
  }
}
