import { Duplex } from 'node:stream';
import { systemClock } from '../../../src/base/clock.js';
import { FramedSocket, type FramedSocketHandler, SLAB_BYTES } from '../../../src/transport/framed-socket.js';
import { FRAME_OVERHEAD, writeStp } from '../../../src/wire/stp.js';

const DEAF: FramedSocketHandler = {
  data: () => {},
  dropped: () => {},
  drained: () => {},
  ended: () => false,
  closed: () => {},
};

/** A small frame that asks for all the room that a slab has. */
const LARGEST = {
  length: (SLAB_BYTES - FRAME_OVERHEAD) / 2,
  toBytes: () => Buffer.alloc(0),
  writeFrame: (target: Buffer, offset: number) => writeStp(Buffer.alloc(0), target, offset),
};

/**
 * All sockets of a process cut their batches from one slab, and a full slab ends a batch: what ran before in this process decides
 * when. After this it does not, so that a world is the same whatever ran before it.
 */
export function beginSlab(): void {
  const nowhere = new Duplex({ read: () => {}, write: (_bytes, _encoding, done) => done() });
  new FramedSocket(nowhere, systemClock, DEAF).send(LARGEST);
}
