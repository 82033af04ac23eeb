/** Where a connection comes from, where its stream does not say so itself: behind a proxy. */

import type { Duplex } from 'node:stream';

/** The end of a connection that a stream does not know, by the names that Node's sockets have. */
export interface Origin {
  readonly remoteAddress: string;
  readonly remotePort: number;
}

const ORIGIN = Symbol('where the connection of a stream comes from');

/** A stream that may have one. */
type Proxied = Duplex & { [ORIGIN]?: Origin };

/** Where the connection of a stream comes from, as a proxy says; undefined without a proxy: ask the stream. */
export function originOf(stream: Duplex): Origin | undefined {
  return (stream as Proxied)[ORIGIN];
}

/** Says where the connection of a stream comes from, from now on; undefined says nothing. */
export function setOrigin(stream: Duplex, origin: Origin | undefined): void {
  if (origin !== undefined) (stream as Proxied)[ORIGIN] = origin;
}
