/** What both kinds of recordings have in common: lines of JSON, of which the first says the kind and the version. */

import * as v from 'valibot';
import { InputError } from '../errors.js';

/** The error of what is no recording. */
export const NO_RECORDING =
  'This is not a recording of socket-protocol, as proxy --record and inspect --record write it; decode reads logs and raw streams';

/** What of a recording could not be read. */
export interface Unread {
  /** For people: which lines, and what is wrong with the first of them. */
  readonly text: string;
  /** Whether it is the end that is missing: nothing that could be read comes after it. */
  readonly isEnd: boolean;
}

/** Gets what could not be read, once at most. */
export type OnUnread = (unread: Unread) => void;

/** What the first line of a recording says. */
export type Header = Readonly<Record<string, unknown>> & { readonly recording: unknown };

/** What a line says as the first one of a recording; null if it is none. */
export function headerIn(line: string): Header | null {
  try {
    const header = JSON.parse(line) as Header | null;
    return (header?.recording ?? null) === null ? null : header;
  } catch {
    return null;
  }
}

/** The kind that the first line of a text names; null if the text is not a recording. */
export function formatOf(text: string): unknown {
  const first = /^\s*(.*)/.exec(text)?.[1] ?? '';
  return headerIn(first)?.recording ?? null;
}

/**
 * Reads the lines of a recording one by one. A full disk or a killed program leaves half a line at its end; what comes before is
 * as good as ever.
 */
export class RecordingLines<Schema extends v.GenericSchema> {
  readonly #schema: Schema;
  readonly #onValue: (value: v.InferOutput<Schema>) => void;
  /** The error of a recording of another version, of which no line is read. */
  readonly #foreign: InputError | null;
  readonly #faults: string[] = [];
  #number = 1;
  #values = 0;
  #isEnd = false;
  #isCut = false;

  /**
   * @param header what the first line says
   * @param version the version that can be read
   * @param schema what each line after the first holds
   * @param onValue gets what a line holds
   */
  constructor(
    header: Header,
    version: number,
    schema: Schema,
    onValue: (value: v.InferOutput<Schema>) => void,
  ) {
    this.#schema = schema;
    this.#onValue = onValue;
    const got = JSON.stringify(header['version']) ?? 'undefined';
    this.#foreign =
      header['version'] === version
        ? null
        : new InputError(`The recording has version ${got}; this program reads version ${version}`);
  }

  /**
   * Takes a line after the first.
   *
   * @param isWhole whether it had an end
   * @throws InputError for a recording of another version
   */
  line(text: string, isWhole: boolean): void {
    this.#number++;
    if (text.trim() === '') return;
    if (this.#foreign !== null && isWhole) throw this.#foreign;
    const read = readLine(text, this.#schema);
    this.#isEnd = 'fault' in read;
    if (!('fault' in read)) {
      this.#values++;
      if (this.#foreign === null) this.#onValue(read.value);
      return;
    }
    this.#isCut = !isWhole && !read.isJson;
    const cut = `The recording is cut off in line ${this.#number}`;
    this.#faults.push(this.#isCut ? cut : `Line ${this.#number} of the recording${read.fault}`);
  }

  /**
   * Ends the recording.
   *
   * @param onUnread gets the lines that could not be read
   * @throws InputError for another version, and where there are lines of which none can be read
   */
  end(onUnread: OnUnread): void {
    const [fault] = this.#faults;
    if (this.#foreign !== null && !this.#isCut) throw this.#foreign;
    if (fault === undefined) return;
    if (this.#values === 0) throw new InputError(fault);
    onUnread({ text: `${fault}; ${leftOut(this.#faults.length)}`, isEnd: this.#isEnd });
  }
}

/**
 * Reads a recording of a known kind as a whole.
 *
 * @param text the recording
 * @param version the version that can be read
 * @param schema what each line after the first holds
 * @param onUnread gets the lines that could not be read
 * @returns the header, and what the other lines hold
 * @throws InputError for another version, and where there are lines of which none can be read
 */
export function readLines<Schema extends v.GenericSchema>(
  text: string,
  version: number,
  schema: Schema,
  onUnread: OnUnread,
): { readonly header: Header; readonly values: v.InferOutput<Schema>[] } {
  const [first = '', ...lines] = text.trimStart().split('\n');
  const header = headerIn(first);
  if (header === null) throw new InputError(NO_RECORDING);
  const values: v.InferOutput<Schema>[] = [];
  const reader = new RecordingLines(header, version, schema, (value) => values.push(value));
  for (const [index, line] of lines.entries()) reader.line(line, index < lines.length - 1);
  reader.end(onUnread);
  return { header, values };
}

/** What a line holds, or what is wrong with it. */
function readLine<Schema extends v.GenericSchema>(
  line: string,
  schema: Schema,
): { readonly value: v.InferOutput<Schema> } | { readonly isJson: boolean; readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { isJson: false, fault: ' is not JSON' };
  }
  const result = v.safeParse(schema, value);
  if (result.success) return { value: result.output };
  return { isJson: true, fault: `: ${describeIssue(result.issues[0])}` };
}

function leftOut(count: number): string {
  if (count === 1) return 'it was left out';
  return count === 2 ? 'it was left out, as was one more' : `it was left out, as were ${count - 1} more`;
}

/** The codes of a table of reasons or notes, for a picklist. */
export function codesOf<Code extends string>(table: Readonly<Record<Code, unknown>>): readonly Code[] {
  return Object.keys(table) as Code[];
}

/** Longer data is cut in an error. */
const MAX_SHOWN = 60;
/** What a terminal may obey. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What a schema expects and what came, with the place. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const received = issue.received.replace(UNPRINTABLE, '\ufffd');
  const got = received.length > MAX_SHOWN ? `${received.slice(0, MAX_SHOWN)}…` : received;
  if (issue.type === 'regex') return `expected pairs of hex digits as ${path}, got ${got}`;
  // for a missing field, `expected` is its own name
  if (issue.received === 'undefined' && path !== null) return `${path} is missing`;
  return `expected ${issue.expected ?? 'something else'}${path === null ? '' : ` as ${path}`}, got ${got}`;
}
