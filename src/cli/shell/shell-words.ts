/** The words of a line that was typed at the prompt: separated by spaces, in quotes where they hold some. */

import { UsageError } from '../arguments.js';

/** A word, and nothing of what follows it. */
const WORD = /^\s*("(?:[^"\\]|\\.)*"|[^\s"]\S*)(?=\s|$)/;

/** The words of a line, taken from its beginning. */
export class Words {
  #rest: string;
  #usage = 'a command';

  /** @param line what was typed */
  constructor(line: string) {
    this.#rest = line;
  }

  /** What has not been taken yet. */
  get rest(): string {
    return this.#rest.trim();
  }

  /** From here on, what is missing is told by how a command is used. */
  useFor(usage: string): this {
    this.#usage = usage;
    return this;
  }

  /**
   * Takes a word.
   *
   * @param what what it is, in the words of the usage
   * @throws UsageError where there is none
   */
  take(what: string): string {
    const match = WORD.exec(this.#rest);
    if (match === null) throw this.#missing(what);
    this.#rest = this.#rest.slice(match[0].length);
    return textOf(match[1] ?? '');
  }

  /** Takes a word where there is one. */
  takeIfAny(): string | undefined {
    return this.rest === '' ? undefined : this.take('');
  }

  /**
   * Takes all that is left, as it was typed.
   *
   * @param what what it is, in the words of the usage
   * @throws UsageError where nothing is
   */
  takeRest(what: string): string {
    const { rest } = this;
    if (rest === '') throw this.#missing(what);
    this.#rest = '';
    return rest;
  }

  /**
   * Ends the line.
   *
   * @throws UsageError where something is left
   */
  end(): void {
    if (this.rest !== '')
      throw new UsageError(`expected ${this.#usage}, got ${JSON.stringify(this.rest)} after it`);
  }

  #missing(what: string): UsageError {
    const got = this.rest === '' ? `no ${what}` : JSON.stringify(this.rest);
    return new UsageError(`expected ${this.#usage}, got ${got}`);
  }
}

/**
 * Splits a line that is still being typed.
 *
 * @param line what has been typed so far
 * @returns the words that are whole, and the one at the end that may be not, as it was typed
 */
export function splitTyped(line: string): { readonly words: readonly string[]; readonly typed: string } {
  const words: string[] = [];
  let rest = line;
  for (;;) {
    const match = WORD.exec(rest);
    // a word that nothing follows may go on
    if (match === null || match[0].length === rest.length) return { words, typed: rest.trimStart() };
    words.push(textOf(match[1] ?? ''));
    rest = rest.slice(match[0].length);
  }
}

/**
 * A word as it is typed: in quotes where it could not be told from several.
 *
 * @param text the word
 */
export function typedWord(text: string): string {
  return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}

function textOf(word: string): string {
  if (!word.startsWith('"')) return word;
  try {
    return JSON.parse(word) as string;
  } catch {
    throw new UsageError(`expected a word in quotes as JSON writes it, got ${word}`);
  }
}
