/** What the page needs of each entry of a recording, and which of it is missing. */

import type { NumberedEntry } from '../../../src/inspector/entries.js';

const [TEXT, NUMBER, BOOLEAN, TEXT_OR_NULL] = ['text', 'number', 'boolean', 'text or null'] as const;
type Kind = typeof TEXT | typeof NUMBER | typeof BOOLEAN | typeof TEXT_OR_NULL | 'object' | 'list';

const PLACE: Readonly<Record<string, Kind>> = { number: NUMBER, ms: NUMBER, group: TEXT };
const BYTES: Readonly<Record<string, Kind>> = { codec: TEXT, hex: TEXT_OR_NULL, hiddenBytes: NUMBER };

/** What a page needs of each kind of entry. */
const MEMBERS: Readonly<Record<NumberedEntry['kind'], Readonly<Record<string, Kind>>>> = {
  actor: { actor: TEXT },
  state: { actor: TEXT, event: TEXT, taken: 'list' },
  event: { to: TEXT, event: 'object' },
  message: {
    from: TEXT,
    serviceId: NUMBER,
    dataId: NUMBER,
    status: NUMBER,
    names: 'object',
    isTrouble: BOOLEAN,
    ...BYTES,
  },
  drop: { from: TEXT_OR_NULL, reason: TEXT, detail: TEXT, ...BYTES },
  note: { code: TEXT, text: TEXT, isTrouble: BOOLEAN },
  trouble: { code: TEXT, text: TEXT, about: 'object' },
  session: { role: TEXT_OR_NULL, codec: TEXT },
  counters: { counters: 'object' },
};

/** The same as lists, made once: a recording has hundreds of thousands of entries. */
const CHECKS = new Map(
  Object.entries(MEMBERS).map(([kind, members]) => [kind, Object.entries({ ...PLACE, ...members })]),
);

/** What is wrong with an entry of a recording, in words; null if nothing that a page needs. */
export function faultOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'expected an object';
  const entry = value as Readonly<Record<string, unknown>>;
  const kind = entry['kind'];
  const checks = typeof kind === 'string' ? CHECKS.get(kind) : undefined;
  if (checks === undefined) return `there are no entries of kind ${JSON.stringify(kind) ?? 'undefined'}`;
  for (const [name, type] of checks) if (!isOf(entry[name], type)) return `expected ${type} as ${name}`;
  const { hex, names, from } = entry;
  if (typeof hex === 'string' && !/^(?:[\da-f]{2}(?: |$))*$/i.test(hex))
    return 'expected pairs of hex digits as hex';
  if (kind === 'message' && !['service', 'data', 'status'].every((name) => isOf(memberOf(names, name), TEXT)))
    return 'expected names of service, data and status as names';
  if ('from' in MEMBERS[kind as 'message'] && from !== null && from !== 'client' && from !== 'server')
    return 'expected client or server as from';
  return null;
}

function memberOf(value: unknown, name: string): unknown {
  return (value as Readonly<Record<string, unknown>>)[name];
}

function isOf(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'text or null':
      return value === null || typeof value === 'string';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === kind;
  }
}
