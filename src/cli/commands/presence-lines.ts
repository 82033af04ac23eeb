/** Devices and gateways that come and go, as lines. */

import type { DevicesEvent } from '../../gateway/index.js';
import { reasonFields } from '../errors.js';
import { jsonText } from '../output.js';
import type { EventPrinter } from './link-events.js';

/** A name that is one plain word as it is; any other in quotation marks, so that it is seen where it ends. */
export function shownName(name: string): string {
  return /^[\p{L}\p{N}._:@/-]+$/u.test(name) ? name : jsonText(name);
}

/** Prints an event of presence. */
export function printEvent(event: DevicesEvent, printer: EventPrinter): void {
  const [trouble, text] = textOf(event);
  printer.print(trouble ? 'trouble' : 'event', text, { ...event });
}

function textOf(event: DevicesEvent): readonly [isTrouble: boolean, text: string] {
  if (!('device' in event)) return [event.event === 'gateway.down', `${event.event}: ${event.gateway}`];
  const { device, gateway } = event;
  if (event.event === 'arrived') {
    const from = event.address === undefined ? '' : `, from ${event.address}`;
    return [false, `arrived: ${shownName(device)} at ${gateway}${from}`];
  }
  if (event.to !== undefined) return [false, `moved: ${shownName(device)} from ${gateway} to ${event.to}`];
  const why = event.reason === undefined ? '' : `: ${reasonFields(event.reason).detail}`;
  return [true, `left: ${shownName(device)} from ${gateway}${why}`];
}
