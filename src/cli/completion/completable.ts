/** The program as a completion script sees it. */

/** What a value can be: one of some words, a file, or anything. */
export type Values = readonly string[] | 'files' | 'unknown';

/** An option. */
export interface CompletableOption {
  /** With its hyphens: `--port`. */
  readonly flag: string;
  readonly description: string;
  /** The value after it; null: it takes none. */
  readonly value: CompletableValue | null;
}

/** An argument, or the value of an option. */
export interface CompletableValue {
  /** Its name in the help. */
  readonly name: string;
  readonly values: Values;
}

/** A command. */
export interface Completable {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletableOption[];
  /** Its arguments, in their order. */
  readonly positions: readonly CompletableValue[];
}

/** The program whose command lines are completed. */
export interface CompletableProgram {
  readonly name: string;
  readonly options: readonly CompletableOption[];
  readonly commands: readonly Completable[];
}
