/** A device whose link is its own standard input and output: it must print nothing else. */

import { Duplex } from 'node:stream';
import { Session, StreamStp } from 'socket-protocol';

const stream = Duplex.from({ readable: process.stdin, writable: process.stdout });
const [secret] = process.argv.slice(2);
const session = new Session(new StreamStp({ stream, role: 'server' }), { secret });
session.onRead(0, () => process.pid);
session.onWrite(0, (data) => data.length);
session.onExecute(0, () => process.exit(3));
// one stream, and none after it
session.on('abandoned', () => session.close());
