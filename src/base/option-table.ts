/**
 * Tables of options. Each option has one row that says all there is to say about it; what checks options, completes them
 * or documents them reads the row.
 */

/** What the value of an option is. */
export type OptionUnit =
  | 'ms'
  | 'bytes'
  | 'count'
  | 'port'
  | 'switch'
  | 'choice'
  | 'text'
  | 'secret'
  | 'pem'
  | 'tls'
  | 'function'
  | 'object'
  | 'addresses'
  | 'servers'
  | 'credential'
  | 'ids'
  | 'pair'
  | 'pairs'
  | 'options';

/** One option; `T` is its value after the check. */
export interface OptionRow<T> {
  readonly unit: OptionUnit;
  /** What holds where it is left out; undefined where nothing does, or where it may not be left out. */
  readonly default: T | undefined;
  /** Why the default is what it is: one sentence. */
  readonly why: string;
  /**
   * Returns the value as the library uses it; for undefined, the default.
   *
   * @param option the name, for the error
   * @throws OptionError for a value that cannot be used
   */
  check(option: string, value: unknown): T;
}

/** The rows of all options of one interface. */
export type RowsFor<Options> = { readonly [Name in keyof Options]-?: OptionRow<unknown> };

/** Rows by the values that they give. */
export type Rows<Values> = { readonly [Name in keyof Values]: OptionRow<Values[Name]> };

/** The values that the rows of a table give. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends OptionRow<infer Value> ? Value : never;
};

/** Returns one option, checked. */
export type OptionReader<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name];

/**
 * Reads options through their table.
 *
 * @param rows the table
 * @param options what the user passed in; only names of the table are read
 * @param prefix what an error puts in front of the name of an option
 * @returns a function that returns one option, checked, and throws an OptionError for a wrong one
 */
export function optionReader<Values extends object>(
  rows: Rows<Values>,
  options: NoInfer<{ readonly [Name in keyof Values]?: unknown }>,
  prefix = '',
): OptionReader<Values> {
  return (name) => rows[name].check(prefix + name, options[name]);
}
