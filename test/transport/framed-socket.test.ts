import { describe, expect, test } from 'vitest';
import { AcceptedTcpStp } from '../../src/transport/tcp-comm.js';
import { encodeStp, StpDecoder } from '../../src/wire/index.js';
import { FakeSocket, turns } from '../support/fake-socket.js';
import { watch } from '../support/pair.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A transport on a socket, and what it says. */
class Line {
  readonly clock = new VirtualClock();
  readonly socket = new FakeSocket();
  /** What the peer got, one entry for each call to the system. */
  readonly calls: Buffer[] = [];
  readonly heard: string[] = [];
  readonly transport = new AcceptedTcpStp(this.socket, this.clock);

  constructor() {
    this.socket.onRead = (bytes) => {
      if (bytes.length > 0) this.calls.push(Buffer.from(bytes));
    };
    this.transport.registerCallback((payload) => void this.heard.push(`data ${payload}`));
    this.transport.registerDrainCallback(() => void this.heard.push('drained'));
    this.transport.registerDropCallback(({ reason }) => void this.heard.push(`dropped ${reason}`));
    this.transport.registerDisconnectCallback(
      (reason, detail) => void this.heard.push(`closed ${reason}${detail === undefined ? '' : ` ${detail}`}`),
    );
  }

  send(...payloads: (string | Buffer)[]): void {
    for (const payload of payloads) this.transport.send(Buffer.from(payload as string));
  }

  get payloads(): string[] {
    return payloadsOf(Buffer.concat(this.calls));
  }
}

function payloadsOf(stream: Buffer): string[] {
  const payloads: string[] = [];
  new StpDecoder({ frame: (payload) => void payloads.push(payload.toString('latin1')) }).push(stream);
  return payloads;
}

const SMALL = 'x'.repeat(100);

describe('small frames', () => {
  test('of one callback leave in one call to the system, in order, when it ends', async () => {
    const line = new Line();
    line.send('a', 'b', 'c');
    expect([line.calls.length, line.transport.bufferedBytes]).toEqual([0, 15]);
    await turns(1);
    expect([line.calls.length, line.payloads, line.transport.bufferedBytes]).toEqual([1, ['a', 'b', 'c'], 0]);
    line.send('d');
    await turns(1);
    expect([line.calls.length, line.payloads.at(-1)]).toEqual([2, 'd']);
    expect(line.heard).toEqual([]);
  });

  test('leave at once when there are 4 KiB of them', () => {
    const line = new Line();
    const frame = encodeStp(Buffer.from(SMALL)).length;
    let sent = 0;
    while (line.calls.length === 0 && sent < 1_000) {
      line.send(SMALL);
      sent++;
    }
    expect(sent).toBe(Math.ceil(4_096 / frame));
    expect(line.payloads).toHaveLength(sent);
  });

  test('of two connections do not get mixed up', async () => {
    const [one, other] = [new Line(), new Line()];
    for (let n = 0; n < 2_000; n++) {
      one.send(`one ${n}`);
      if (n % 3 === 0) other.send(`other ${n}`, `again ${n}`);
      if (n % 500 === 0) await turns(1);
    }
    await turns(1);
    expect(one.payloads).toEqual(Array.from({ length: 2_000 }, (_, n) => `one ${n}`));
    expect(other.payloads).toHaveLength(2 * Math.ceil(2_000 / 3));
    expect(other.payloads.slice(0, 3)).toEqual(['other 0', 'again 0', 'other 3']);
  });
});

describe('a frame of any length and content', () => {
  const LENGTHS = [0, 1, 500, 511, 512, 513, 514, 2_045, 2_046, 2_047, 2_048, 2_049, 4_100, 70_000, 600_000];

  test.each([
    'x',
    ':',
    ':x',
    `${'x'.repeat(700)}:`,
    `:${'x'.repeat(1_023)}`,
  ])('arrives as it is: of %#', async (pattern) => {
    const line = new Line();
    const payloads = LENGTHS.map((length) => Buffer.alloc(length, pattern).toString('latin1'));
    // small ones before and after each: the order is that of the calls
    line.send(...payloads.flatMap((payload, n) => [`before ${n}`, payload, `after ${n}`]));
    await turns(5);
    expect(line.payloads).toEqual(payloads.flatMap((payload, n) => [`before ${n}`, payload, `after ${n}`]));
  });

  test('arrives as it is where one colon stands near the end of what is copied', async () => {
    const line = new Line();
    const payloads = [0, 1, 510, 511, 512, 513, 514, 4_998, 4_999].map((at) => {
      const payload = Buffer.alloc(5_000, 'x');
      payload[at] = 0x3a;
      return payload;
    });
    line.send(...payloads);
    await turns(5);
    expect(line.payloads).toEqual(payloads.map(String));
  });
});

describe('a peer that does not read', () => {
  test('has everything wait for it, counted, and gets it in order when it reads', async () => {
    const line = new Line();
    line.socket.stopReading();
    const large = 'y'.repeat(300_000);
    line.send(large, 'small', large);
    await turns(1);
    const frames = [large, 'small', large].reduce(
      (sum, each) => sum + encodeStp(Buffer.from(each)).length,
      0,
    );
    expect(line.transport.bufferedBytes).toBe(frames);
    line.socket.startReading();
    await turns(5);
    expect(line.payloads).toEqual([large, 'small', large]);
    expect([line.transport.bufferedBytes, line.heard.at(-1)]).toEqual([0, 'drained']);
    expect(new Set(line.heard)).toEqual(new Set(['drained']));
  });

  test('is reported to have read once for each time that it had not', async () => {
    const line = new Line();
    for (let n = 0; n < 3; n++) {
      line.socket.stopReading();
      line.send('z'.repeat(10_000));
      await turns(1);
      expect(line.heard).toHaveLength(n);
      line.socket.startReading();
      await turns(2);
      expect(line.heard).toHaveLength(n + 1);
    }
    line.send('a');
    await turns(2);
    expect(line.heard).toEqual(['drained', 'drained', 'drained']);
  });

  test('has the close time-out to read what is left when the connection is closed', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.send('q'.repeat(10_000));
    const end = watch(line.transport.close());
    await turns();
    expect([line.heard, line.transport.isConnected()]).toEqual([['closed session-closed'], false]);
    line.clock.advance(9_999);
    await turns();
    expect([line.socket.destroyed, end.state]).toEqual([false, 'pending']);
    line.clock.advance(1);
    await turns();
    expect(end.value).toEqual({ lostBytes: 10_004 });
    expect([line.socket.destroyed, line.clock.pending]).toEqual([true, 0]);
  });

  test('gets all that is left when it reads in that time', async () => {
    const line = new Line();
    line.socket.stopReading();
    line.send('q'.repeat(600_000), 'the end');
    const gone = line.transport.close();
    line.socket.startReading();
    expect(await gone).toEqual({ lostBytes: 0 });
    expect(line.payloads.map(({ length }) => length)).toEqual([600_000, 7]);
    expect(line.clock.pending).toBe(0);
  });
});

describe('reading that is paused', () => {
  test('keeps the rest of a chunk, and what comes after it, in order', async () => {
    const line = new Line();
    line.transport.registerCallback((payload) => {
      line.heard.push(String(payload));
      if (String(payload) === 'a') line.transport.pause();
    });
    line.socket.arrive(Buffer.concat(['a', 'b', 'c'].map((each) => encodeStp(Buffer.from(each)))));
    await turns();
    expect([line.heard, line.socket.isReading]).toEqual([['a'], false]);
    line.socket.arrive(encodeStp(Buffer.from('d')));
    await turns();
    expect(line.heard).toEqual(['a']);
    line.transport.resume();
    expect(line.heard).toEqual(['a']);
    await turns();
    expect([line.heard, line.socket.isReading]).toEqual([['a', 'b', 'c', 'd'], true]);
  });

  test('can be paused again within the rest', async () => {
    const line = new Line();
    line.transport.registerCallback((payload) => {
      line.heard.push(String(payload));
      line.transport.pause();
    });
    line.socket.arrive(Buffer.concat(['a', 'b', 'c'].map((each) => encodeStp(Buffer.from(each)))));
    await turns();
    for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
      expect(line.heard).toEqual(expected);
      line.transport.resume();
      await turns();
    }
  });

  test('delivers nothing after the connection is gone', async () => {
    const line = new Line();
    line.transport.registerCallback((payload) => {
      line.heard.push(String(payload));
      line.transport.pause();
    });
    line.socket.arrive(Buffer.concat(['a', 'b'].map((each) => encodeStp(Buffer.from(each)))));
    await turns();
    line.transport.resume();
    line.transport.disconnect('reconnect-requested');
    await turns();
    expect(line.heard).toEqual(['a', 'closed reconnect-requested']);
  });
});

describe('the end of a connection', () => {
  test.each([
    ['the peer closes', (line: Line) => line.socket.endFromPeer(), 'closed peer-closed'],
    [
      'the system breaks it',
      (line: Line) => line.socket.resetFromPeer(),
      'closed connection-reset read ECONNRESET',
    ],
    ['the socket is destroyed', (line: Line) => void line.socket.destroy(), 'closed link-closed'],
    [
      'this side breaks it',
      (line: Line) => line.transport.disconnect('frame-timeout'),
      'closed frame-timeout',
    ],
  ])('is reported once, with its reason, when %s', async (_, end, expected) => {
    const line = new Line();
    end(line);
    await turns();
    line.transport.disconnect('reconnect-requested');
    await turns();
    expect(line.heard).toEqual([expected]);
    expect([line.transport.isConnected(), line.socket.destroyed, line.clock.pending]).toEqual([
      false,
      true,
      0,
    ]);
    expect(line.transport.bufferedBytes).toBe(0);
  });

  test('drops the frame that has begun, and says so first', async () => {
    const line = new Line();
    line.socket.arrive(Buffer.from(':<unfinished'));
    await turns();
    expect(line.clock.pending).toBe(1);
    line.socket.endFromPeer();
    await turns();
    expect([line.heard, line.clock.pending]).toEqual([['dropped unfinished', 'closed peer-closed'], 0]);
  });
});
