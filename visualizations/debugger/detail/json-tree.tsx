/** Data as a tree that folds. Every text in it may come from a peer: texts, never markup. */

import type { ComponentChildren } from 'preact';

/** Deeper than this, or longer, is folded at first. */
const OPEN_DEPTH = 3;
const OPEN_MEMBERS = 30;

/** Draws data. */
export function JsonTree({ value, label = 'data' }: { value: unknown; label?: string }) {
  return (
    <div class="json">
      <Member name={null} value={value} depth={0} label={label} />
    </div>
  );
}

interface MemberProps {
  readonly name: string | null;
  readonly value: unknown;
  readonly depth: number;
  readonly label?: string;
}

function Member({ name, value, depth, label }: MemberProps) {
  const key = name === null ? null : <span class="key">{name}: </span>;
  if (typeof value !== 'object' || value === null)
    return (
      <div class="member">
        {key}
        <Scalar value={value} />
      </div>
    );
  const members: [string, unknown][] = Array.isArray(value)
    ? value.map((each, place) => [String(place), each])
    : Object.entries(value);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (members.length === 0)
    return (
      <div class="member">
        {key}
        {open}
        {close}
      </div>
    );
  return (
    <details class="member" open={depth < OPEN_DEPTH && members.length <= OPEN_MEMBERS}>
      <summary aria-label={`${name ?? label}, ${members.length} members`}>
        {key}
        {open}
        <span class="folded">
          {previewOf(members, Array.isArray(value))}
          {close}
        </span>
      </summary>
      <div class="members">
        {members.map(([each, below]) => (
          <Member key={each} name={each} value={below} depth={depth + 1} />
        ))}
      </div>
      {close}
    </details>
  );
}

const PREVIEW = 60;

function previewOf(members: readonly [string, unknown][], isArray: boolean): string {
  let text = '';
  for (const [name, value] of members) {
    text += `${text === '' ? '' : ', '}${isArray ? '' : `${name}: `}${typeof value === 'object' && value !== null ? '…' : String(JSON.stringify(value))}`;
    if (text.length > PREVIEW) return `${text.slice(0, PREVIEW)}…`;
  }
  return text;
}

function Scalar({ value }: { value: unknown }): ComponentChildren {
  if (typeof value === 'string') return <span class="string">{JSON.stringify(value)}</span>;
  return <span class="scalar">{value === undefined ? 'nothing' : String(value)}</span>;
}
