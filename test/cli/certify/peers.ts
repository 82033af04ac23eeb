/** Peers by what they do, without a protocol. */

import type { LinkHandlers, OpenLink } from '../../../src/cli/certify/link.js';
import { Message } from '../../../src/index.js';

interface Peer {
  opened?(handlers: LinkHandlers): void;
  received?(handlers: LinkHandlers, bytes: Uint8Array): void;
}

/** A peer by what it does when it is connected to and when it is written to. */
export function peer({ opened, received }: Peer): OpenLink {
  return (handlers) => {
    let isClosed = false;
    const later = (act: () => void): void => queueMicrotask(() => isClosed || act());
    later(() => {
      handlers.opened();
      opened?.(handlers);
    });
    return {
      write: (bytes) => later(() => received?.(handlers, bytes)),
      end: () => later(() => handlers.closed(null)),
      destroy: () => {
        isClosed = true;
      },
    };
  };
}

/** The answer to the request for a name. */
export const PONG = new Message({ serviceId: 9, dataId: 0 });
