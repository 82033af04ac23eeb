/** A link over streams that are no sockets: what the transports need of a stream, and what they do without. */

import { Duplex, duplexPair, PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { flawOf } from '../../src/transport/duplex.js';
import { AcceptedTcpStp } from '../../src/transport/tcp-comm.js';
import { encodeStp } from '../../src/wire/index.js';
import { turns } from '../support/fake-socket.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A transport on a stream, and what it says. */
class Line {
  readonly clock = new VirtualClock();
  readonly transport: AcceptedTcpStp;
  readonly heard: string[] = [];

  constructor(stream: Duplex) {
    this.transport = new AcceptedTcpStp(stream, this.clock);
    this.transport.registerCallback((payload) => void this.heard.push(String(payload)));
    this.transport.registerDisconnectCallback(
      (reason, detail) =>
        void this.heard.push(`closed ${reason}${detail === undefined ? '' : `: ${detail}`}`),
    );
  }

  send(text: string): void {
    this.transport.send(Buffer.from(text));
  }
}

/** Two transports on the ends of a pair in memory. */
function pair(): [Line, Line] {
  const [one, other] = duplexPair();
  return [new Line(one), new Line(other)];
}

describe('a link over a pair in memory', () => {
  test('carries payloads of any size in both directions', async () => {
    const [one, other] = pair();
    const large = 'x:y'.repeat(400_000);
    one.send('a');
    one.send(large);
    one.send('b');
    other.send('c');
    await turns(50);
    expect(other.heard).toEqual(['a', large, 'b']);
    expect(one.heard).toEqual(['c']);
    expect([one.transport.bufferedBytes, one.clock.pending, other.clock.pending]).toEqual([0, 0, 0]);
  });

  test('keeps the order of frames where an answer comes before the call that sent the question returns', async () => {
    const [one, other] = pair();
    // each payload is answered at once, with more than is joined to one write
    other.transport.registerCallback((payload) => {
      other.send(`${payload} ${'.'.repeat(5_000)}`);
      other.send(`${payload} again`);
    });
    let next = 0;
    one.transport.registerCallback((payload) => {
      one.heard.push(String(payload).slice(0, 12));
      if (next < 2_000) one.send(`${next++} ${'-'.repeat(5_000)}`);
    });
    one.send(`${next++} `);
    for (let turn = 0; turn < 10_000 && one.heard.length < 4_000; turn++) await turns(1);
    expect(one.heard.filter((_, n) => n % 2 === 0).map((text) => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: one.heard.length / 2 }, (_, n) => n),
    );
    expect(one.heard.length).toBeGreaterThanOrEqual(4_000);
  });

  test('is read to its end where the stream is destroyed behind the last bytes', async () => {
    const stream = new PassThrough();
    const line = new Line(stream);
    stream.push(encodeStp(Buffer.from('the last words')));
    await turns();
    stream.destroy();
    await turns();
    expect(line.heard).toEqual(['the last words', 'closed link-closed']);
  });

  test('reads what had come before, from a stream that was paused', async () => {
    const stream = new PassThrough();
    stream.pause();
    stream.push(encodeStp(Buffer.from('early')));
    const line = new Line(stream);
    await turns();
    expect(line.heard).toEqual(['early']);
  });

  test('closes in good order at both ends, and brings what was sent', async () => {
    const [one, other] = pair();
    one.send('last');
    const closed = one.transport.close();
    await turns(10);
    expect(other.heard).toEqual(['last', 'closed peer-closed']);
    expect([await closed, one.clock.pending, other.clock.pending]).toEqual([{ lostBytes: 0 }, 0, 0]);
  });
});

/** A stream of somebody else's that keeps some of Node's customs and not others. */
class Odd extends Duplex {
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

describe('a stream that does not keep the customs', () => {
  test('and reports an error without closing is destroyed, with the error as the detail', async () => {
    const stream = new Odd({ autoDestroy: false });
    const line = new Line(stream);
    stream.emit('error', new Error('the cable is gone'));
    await turns();
    expect([line.heard, stream.destroyed]).toEqual([['closed network-error: the cable is gone'], true]);
  });

  test('and never says that it is closed ends the link upon an error all the same', async () => {
    const stream = new Odd({ emitClose: false });
    const line = new Line(stream);
    stream.destroy(new Error('the cable is gone'));
    await turns();
    expect(line.heard).toEqual(['closed network-error: the cable is gone']);
  });

  test('and reports something that is no error has its text as the detail', async () => {
    const stream = new Odd();
    const line = new Line(stream);
    stream.emit('error', 'no carrier');
    await turns();
    expect(line.heard).toEqual(['closed network-error: no carrier']);
  });

  test('and never says that it is gone is waited for no longer than a second', async () => {
    const stream = new Odd({ destroy: () => {} });
    const { transport, clock } = new Line(stream);
    let isClosed = false;
    void transport.close().then(() => {
      isClosed = true;
    });
    await turns();
    clock.advance(1_000);
    await turns();
    expect([stream.destroyed, isClosed]).toEqual([true, false]);
    clock.advance(1_000);
    await turns();
    expect([isClosed, clock.pending]).toEqual([true, 0]);
  });

  test('and brings text, after somebody has set an encoding on it, says so', async () => {
    const stream = new PassThrough();
    const line = new Line(stream);
    stream.setEncoding('utf8');
    stream.push(encodeStp(Buffer.from('text')));
    await turns();
    expect(line.heard).toEqual([
      'closed network-error: the stream brings text instead of bytes: somebody has called setEncoding on it',
    ]);
  });
});

describe('a stream that takes a moment for each write', () => {
  test('gives no sign of life by it', async () => {
    const done: (() => void)[] = [];
    const stream = new Odd({ write: (_chunk, _encoding, taken) => void done.push(taken) });
    const { transport, clock } = new Line(stream);
    transport.send(Buffer.from('are you there?'));
    await turns();
    clock.advance(999);
    done.shift()?.();
    await turns();
    expect([transport.bufferedBytes, transport.lastHeardMs]).toEqual([0, 0]);
    // a line that is slow, and goes on
    transport.send(Buffer.alloc(1_000));
    await turns();
    clock.advance(1_000);
    done.shift()?.();
    await turns();
    expect(transport.lastHeardMs).toBe(1_999);
  });
});

describe('the flaw of a stream', () => {
  const ended = new PassThrough();
  ended.end();
  const destroyed = new PassThrough();
  destroyed.destroy();
  const read = new PassThrough();
  read.on('readable', () => {});

  test.each<[string, unknown, string | null]>([
    ['a pair', duplexPair()[0], null],
    ['nothing', undefined, 'undefined'],
    ['a number', 17, 'a number'],
    ['a readable', Readable.from([]), 'one that cannot be written to'],
    ['an object', { write: () => {} }, 'one without on'],
    [
      'a stream of objects',
      new PassThrough({ objectMode: true }),
      'one in object mode, which carries no bytes',
    ],
    [
      'a stream of text',
      new PassThrough().setEncoding('utf8'),
      'one that decodes its bytes to text (setEncoding, utf8)',
    ],
    ['a destroyed one', destroyed, 'one that has been destroyed'],
    ['one that was ended', ended, 'one whose output has been ended'],
    ['one that is read', read, 'one that somebody else reads (it has a listener for readable)'],
  ])('%s', (_, stream, flaw) => {
    expect(flawOf(stream)).toBe(flaw);
  });
});
