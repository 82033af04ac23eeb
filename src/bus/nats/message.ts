/** A message of NATS as subscribers and requesters get it: its parts are read when they are asked for. */

import type { BusHeaders, BusMessage } from '../bus.js';
import type { Incoming } from './link.js';

/** Publishes an answer. */
export type Respond = (reply: string, data: Uint8Array, headers: BusHeaders | undefined) => void;

/** A message that came. */
export class NatsMessage implements BusMessage {
  readonly #incoming: Incoming;
  readonly #respond: Respond;
  #headers: BusHeaders | null | undefined;

  constructor(incoming: Incoming, respond: Respond) {
    this.#incoming = incoming;
    this.#respond = respond;
  }

  get subject(): string {
    return this.#incoming.subject;
  }

  get data(): Uint8Array {
    return this.#incoming.data;
  }

  get headers(): BusHeaders | null {
    if (this.#headers === undefined) this.#headers = headersOf(this.#incoming);
    return this.#headers;
  }

  get reply(): string | null {
    return this.#incoming.reply || null;
  }

  respond(data: Uint8Array, headers?: BusHeaders): void {
    const { reply } = this;
    if (reply !== null) this.#respond(reply, data, headers);
  }
}

/** Of a name that is there more than once, the first counts. */
function headersOf({ headers }: Incoming): BusHeaders | null {
  if (headers === undefined) return null;
  const entries = [...headers].map(([name, values]) => [name, values[0] ?? ''] as const);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** The status of a server's own message. */
const NO_RESPONDERS = 503;

/** Whether it is the word of the server that nobody has subscribed: only its status tells it from an empty answer. */
export function saysNoResponders({ data, headers }: Incoming): boolean {
  return data.length === 0 && headers?.code === NO_RESPONDERS;
}
