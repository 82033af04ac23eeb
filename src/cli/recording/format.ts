/** What both kinds of recordings have in common: lines of JSON, of which the first says the kind and the version. */

import * as v from 'valibot';
import { InputError } from '../errors.js';

/** What of a recording could not be read. */
export interface Unread {
  /** For people: which lines, and what is wrong with the first of them. */
  readonly text: string;
  /** Whether it is the end that is missing: nothing that could be read comes after it. */
  readonly isEnd: boolean;
}

/** Gets what could not be read, once at most. */
export type OnUnread = (unread: Unread) => void;

/** The kind that the first line of a text names; null if the text is not a recording. */
export function formatOf(text: string): unknown {
  try {
    const [first = ''] = text.split('\n', 1);
    const header = JSON.parse(first) as { recording?: unknown } | null;
    return header?.recording ?? null;
  } catch {
    return null;
  }
}

/** The header takes the first line, and lines are counted from 1. */
const FIRST_LINE_NUMBER = 2;

/**
 * Reads a recording of a known kind. A full disk or a killed program leaves half a line at its end; what comes before is as
 * good as ever.
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
): { readonly header: Readonly<Record<string, unknown>>; readonly values: v.InferOutput<Schema>[] } {
  const [first = '', ...lines] = text.split('\n');
  const header = JSON.parse(first) as Record<string, unknown>;
  const values: v.InferOutput<Schema>[] = [];
  const faults: string[] = [];
  let isEnd = false;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const number = index + FIRST_LINE_NUMBER;
    const read = readLine(line, schema);
    isEnd = 'fault' in read;
    if (!('fault' in read)) values.push(read.value);
    else if (read.isJson || index < lines.length - 1)
      faults.push(`Line ${number} of the recording${read.fault}`);
    else faults.push(`The recording is cut off in line ${number}`);
  }
  const [fault] = faults;
  const isHalfALine = values.length === 0 && faults.length === 1 && !text.endsWith('\n');
  if (header['version'] !== version && !isHalfALine) {
    const got = String(header['version']);
    throw new InputError(`The recording has version ${got}; this program reads version ${version}`);
  }
  if (fault === undefined) return { header, values };
  if (values.length === 0) throw new InputError(fault);
  onUnread({ text: `${fault}; ${leftOut(faults.length)}`, isEnd });
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
