/** What gateways say on a bus, written down by hand: it knows the format and nothing of the code that is tested with it. */

import type { Bus, BusHeaders, BusMessage, BusSubscription } from '../../src/bus/bus.js';

type Answer = { readonly text?: string; readonly headers?: BusHeaders } | null;

/** A request as it came. */
export interface Came {
  readonly subject: string;
  readonly text: string;
  readonly headers: BusHeaders | null;
}

/** An answer with data and the status okay. */
export function okay(data: unknown, status = 0): Answer {
  return {
    text: JSON.stringify({ status, data }),
    headers: { 'Sp-Status': String(status), 'Sp-Gateway': 'g1' },
  };
}

/** An answer that is no message. */
export function failure(code: number, reason: string, written: boolean, others: BusHeaders = {}): Answer {
  return {
    headers: {
      'Nats-Service-Error-Code': String(code),
      'Nats-Service-Error': 'it failed',
      'Sp-Error': reason,
      'Sp-Written': String(written),
      ...others,
    },
  };
}

/** What a gateway tells, without what is the same in all. */
export type ToldEvent = { readonly event: string; readonly [field: string]: unknown };

/** A gateway by hand. */
export class FakeGateway {
  readonly came: Came[] = [];
  readonly #bus: Bus;
  readonly id: string;
  /** How many devices have come and left. */
  #told = 0;
  readonly #devices = new Map<string, { readonly epoch: number; readonly subscription: BusSubscription }>();

  constructor(bus: Bus, id = 'g1') {
    this.#bus = bus;
    this.id = id;
    bus.subscribe('sp.$presence.list', (message) => this.answerList(message));
  }

  /** In parts of two devices. */
  answerList(message: BusMessage): void {
    const devices = [...this.#devices].map(([device, { epoch }]) => ({
      device,
      epoch,
      since: '2026-01-01T00:00:00.000Z',
      address: '192.0.2.1:5000',
    }));
    const parts = Math.max(1, Math.ceil(devices.length / 2));
    for (let part = 1; part <= parts; part++) {
      const some = devices.slice(2 * part - 2, 2 * part);
      const list = { gateway: this.id, devices: some, part, parts, seq: this.#told };
      message.respond(Buffer.from(JSON.stringify(list)));
    }
  }

  tell(event: ToldEvent): void {
    if (event.event === 'arrived' || event.event === 'left') this.#told++;
    const whole = { gateway: this.id, at: '2026-01-01T00:00:00.000Z', seq: this.#told, ...event };
    this.#bus.publish('sp.$presence', Buffer.from(JSON.stringify(whole)));
  }

  /** A device connects. */
  arrive(
    device: string,
    epoch: number,
    answer: (came: Came, message: BusMessage) => Answer = () => okay(null),
    word = device,
  ): void {
    const subscription = this.#bus.subscribe(
      `sp.${word}.*.*`,
      (message) => {
        const came = {
          subject: message.subject,
          text: Buffer.from(message.data).toString(),
          headers: message.headers,
        };
        this.came.push(came);
        const given = answer(came, message);
        if (given !== null) message.respond(Buffer.from(given.text ?? ''), given.headers);
      },
      { queue: 'sp' },
    );
    this.#devices.set(device, { epoch, subscription });
    this.tell({ event: 'arrived', device, epoch, address: '192.0.2.1:5000' });
  }

  /** Its connection ends. */
  leave(device: string, more: object = { reason: 'peer-closed' }): void {
    const known = this.#devices.get(device);
    known?.subscription.unsubscribe();
    this.#devices.delete(device);
    this.tell({ event: 'left', device, epoch: known?.epoch, ...more });
  }
}
