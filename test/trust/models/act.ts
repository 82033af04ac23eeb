/** What is done to a session from outside: by its user, by its peer, and by its transport. */

import type { Tuple } from '../../support/bytes.js';

/** Something that waits: a request, a message or a `receive` of the user; `number` tells them apart. */
export interface Wish {
  readonly number: number;
  readonly serviceId: number;
  readonly dataId: number;
  readonly timeoutMs: number;
}

/** One thing that is done. */
export type Act =
  /** A link opens, asked for or not; where there is one, the transport says so all the same. */
  | { readonly type: 'a link opens' }
  | { readonly type: 'an attempt fails'; readonly reason: string }
  | { readonly type: 'the link breaks' }
  | { readonly type: 'the transport refuses'; readonly takesNothing: boolean }
  | { readonly type: 'the output fills' }
  | { readonly type: 'the output drains' }
  | { readonly type: 'the peer says'; readonly message: Tuple }
  | { readonly type: 'the peer sends too long a frame' }
  /** The peer says nothing more, and still reads. */
  | { readonly type: 'the peer ends its stream' }
  /** The oldest callback that takes its time returns. */
  | { readonly type: 'a callback returns' }
  | { readonly type: 'the user reconnects'; readonly meanwhileTooLong: boolean }
  | { readonly type: 'the user closes' }
  | { readonly type: 'the user drains'; readonly timeoutMs: number }
  /** What the transport still had to send is sent, or given up. */
  | { readonly type: 'the transport has closed' }
  | { readonly type: 'the user authenticates'; readonly number: number; readonly timeoutMs: number }
  | ({ readonly type: 'the user reads' } & Wish)
  | ({ readonly type: 'the user sends' } & Wish)
  | ({ readonly type: 'the user receives' } & Wish)
  | { readonly type: 'the user cancels'; readonly number: number };

/** An act and its moment. */
export interface TimedAct {
  readonly atMs: number;
  readonly act: Act;
}

/** An act in one line. */
export function textOfAct({ atMs, act }: TimedAct): string {
  const { type, ...fields } = act;
  const shown = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `${atMs} ms: ${type}${shown}`;
}
