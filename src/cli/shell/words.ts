/** Splits a line of the shell into words: separated by spaces, in quotes if they contain any. */

import { UsageError } from '../errors.js';

/** A word up to the space after it. */
const WORD = /^\s*("(?:[^"\\]|\\.)*"|[^\s"]\S*)(?=\s|$)/;

/** What helps with a line whose command is unknown yet. */
export const HELP_HINT = 'type help for a list';

/** The words of a line, taken one after the other. */
export class Words {
  #rest: string;
  #hint = HELP_HINT;

  /** @param line what was typed */
  constructor(line: string) {
    this.#rest = line;
  }

  /** What has not been taken yet. */
  get rest(): string {
    return this.#rest.trim();
  }

  /** Adds the usage of a command to the errors from here on. */
  useFor(usage: string): this {
    this.#hint = `usage: ${usage}`;
    return this;
  }

  /**
   * Takes a word.
   *
   * @param name its name in the usage
   * @throws UsageError if there is none
   */
  take(name: string): string {
    const match = WORD.exec(this.#rest);
    if (match === null) throw this.#missing(name);
    this.#rest = this.#rest.slice(match[0].length);
    return textOf(match[1] ?? '');
  }

  /** Takes a word if there is one. */
  takeIfAny(): string | undefined {
    return this.rest === '' ? undefined : this.take('');
  }

  /** Takes all words that are left. */
  takeAll(): string[] {
    const words: string[] = [];
    while (this.rest !== '') words.push(this.take(''));
    return words;
  }

  /**
   * Takes the rest of the line, as it was typed.
   *
   * @param name its name in the usage
   * @throws UsageError if nothing is left
   */
  takeRest(name: string): string {
    const { rest } = this;
    if (rest === '') throw this.#missing(name);
    this.#rest = '';
    return rest;
  }

  /** Takes the rest of the line, as it was typed; empty where nothing is left. */
  takeRestIfAny(): string {
    return this.rest === '' ? '' : this.takeRest('');
  }

  /**
   * Ends the line.
   *
   * @throws UsageError if something is left
   */
  end(): void {
    if (this.rest !== '') throw new UsageError(`Unexpected ${JSON.stringify(this.rest)}; ${this.#hint}`);
  }

  #missing(name: string): UsageError {
    const what = this.rest === '' ? `Missing ${name}` : `Misplaced quote in ${JSON.stringify(this.rest)}`;
    return new UsageError(`${what}; ${this.#hint}`);
  }
}

/**
 * Splits a line that is still being typed.
 *
 * @param line what has been typed so far
 * @returns the complete words, and the last one as it was typed so far
 */
export function splitTyped(line: string): { readonly words: readonly string[]; readonly typed: string } {
  const words: string[] = [];
  let rest = line;
  for (;;) {
    const match = WORD.exec(rest);
    // a word with no space after it may go on
    if (match === null || match[0].length === rest.length) return { words, typed: rest.trimStart() };
    words.push(textOf(match[1] ?? ''));
    rest = rest.slice(match[0].length);
  }
}

/**
 * A word as one types it, in quotes if it needs them.
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
    throw new UsageError(`Invalid escape in ${word}; quoted words are JSON`);
  }
}
