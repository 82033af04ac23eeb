import { describe, expect, test } from 'vitest';
import type { SessionEvent } from '../../../machines/index.js';
import { Message, SID_AUTH_REQUEST, SID_READ_REQUEST } from '../../../src/index.js';
import type { Journal } from '../../../src/session/journal/journal.js';
import { type SessionOptions, sessionSettings } from '../../../src/session/options.js';
import { Gate } from '../../../src/session/sending/gate.js';
import { Output } from '../../../src/session/sending/output.js';
import type { SessionHandle } from '../../../src/session/session-handle.js';
import type { CommInstance, LinkLimits } from '../../../src/transport/comm-instance.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const MIB = 1024 * 1024;
const READ = new Message({ serviceId: SID_READ_REQUEST, dataId: 0 });
const SEED = new Message({ serviceId: SID_AUTH_REQUEST, dataId: 0 });
const BYTES = Buffer.from('ab');

/** An output on a transport that the test plays. */
function bench(options: SessionOptions = {}) {
  const did: string[] = [];
  const comm = {
    bufferedBytes: 0 as number | undefined,
    takes: true,
    send: () => comm.takes,
    pause: () => did.push('pause'),
    resume: () => did.push('resume'),
    limit: ({ maxOutputBytes }: LinkLimits) => did.push(`limit ${maxOutputBytes}`),
  };
  const journal = {
    sent: () => did.push('sent'),
    written: () => did.push('written'),
    drop: (reason: string) => did.push(`dropped ${reason}`),
    describe: () => '',
    trustChanged: (isTrusted: boolean) => did.push(`trusted ${isTrusted}`),
  } as unknown as Journal;
  const handle = { send: ({ type }: SessionEvent) => did.push(type) } as unknown as SessionHandle;
  const settings = sessionSettings({ clock: new VirtualClock(), ...options });
  const transport = comm as unknown as CommInstance;
  const gate = new Gate(transport, settings, journal);
  return { comm, gate, did, output: new Output(transport, settings, journal, gate, handle) };
}

describe('the gate', () => {
  test('lets the whitelist pass before trust, and everything after', () => {
    const { gate } = bench();
    const passing = (): boolean[] => [gate.isLinked, gate.mayPass(SID_READ_REQUEST, 0), gate.mayPass(0, 0)];
    expect(passing()).toEqual([false, false, true]);
    gate.let('whitelist');
    expect(passing()).toEqual([true, false, true]);
    gate.whitelist.add(SID_READ_REQUEST, 0);
    expect(passing()).toEqual([true, true, true]);
    gate.let('everything');
    expect([...passing(), gate.mayPass(77, 77)]).toEqual([true, true, true, true]);
    gate.let('refused');
    expect(gate.isLinked).toBe(false);
  });

  test('holds the peer to the limits that go with its trust, and says so', () => {
    const { gate, did } = bench({ maxOutputBytes: 2_000, maxUntrustedOutputBytes: 1_000 });
    expect(gate.limits.maxOutputBytes).toBe(1_000);
    gate.let('everything');
    gate.let('whitelist');
    expect(did).toEqual(['limit 2000', 'trusted true', 'limit 1000', 'trusted false']);
  });
});

describe('the output', () => {
  test('notes what the transport took', () => {
    const { output, did } = bench();
    output.transmit(READ, BYTES);
    expect([output.write(READ, BYTES), did]).toEqual([true, ['sent', 'written']]);
  });

  test('says of a request that the transport did not take it', () => {
    const { output, comm, did } = bench();
    comm.takes = false;
    expect([output.write(READ, BYTES), did]).toEqual([false, []]);
  });

  test.each([
    ['nothing', ['dropped not-sent']],
    ['whitelist', ['dropped not-sent', 'link.answerRefused']],
    ['everything', ['dropped not-sent', 'link.answerRefused']],
  ] as const)('ends a link on which an answer got lost, while the gate lets %s pass', (passage, expected) => {
    const { output, comm, gate, did } = bench();
    gate.let(passage);
    did.length = 0;
    comm.takes = false;
    output.transmit(READ, BYTES);
    expect(did).toEqual(expected);
  });

  test('refuses a message that is longer than a frame may be, by a byte', () => {
    const payload = bench().output.encode(READ);
    expect(bench({ maxFrameLength: payload.length }).output.encode(READ)).toEqual(payload);
    expect(() => bench({ maxFrameLength: payload.length - 1 }).output.encode(READ)).toThrow(
      `The message is too long: ${payload.length} bytes, of at most ${payload.length - 1} (maxFrameLength)`,
    );
  });

  test('says what a message waits for', () => {
    const { output, comm, gate } = bench();
    const answers = (): string[] => [READ, SEED].map((message) => output.admission(message));
    expect(answers()).toEqual(['no connection', 'no connection']);
    gate.let('refused');
    expect(answers()).toEqual(['refused', 'refused']);
    gate.let('whitelist');
    expect(answers()).toEqual(['no trust', 'now']);
    gate.let('everything');
    comm.bufferedBytes = MIB - 1;
    expect(answers()).toEqual(['now', 'now']);
    comm.bufferedBytes = MIB;
    expect(answers()).toEqual(['no room', 'no room']);
    comm.bufferedBytes = undefined;
    expect(answers()).toEqual(['now', 'now']);
  });

  test('is full from a write that went over the limit until as much was read', () => {
    const { output, comm, gate } = bench({ maxOutputBytes: 1_000 });
    gate.let('everything');
    comm.bufferedBytes = 1_000;
    output.transmit(READ, BYTES);
    expect(output.isFull).toBe(false);
    comm.bufferedBytes = 1_001;
    expect(output.isFull).toBe(false);
    output.transmit(READ, BYTES);
    expect(output.isFull).toBe(true);
    output.drained();
    expect(output.isFull).toBe(true);
    comm.bufferedBytes = 1_000;
    expect(output.isFull).toBe(false);
    output.drained();
    comm.bufferedBytes = 1_001;
    expect(output.isFull).toBe(false);
    output.transmit(READ, BYTES);
    output.linkLost();
    expect(output.isFull).toBe(false);
  });

  test('pauses and resumes reading once each, and begins each link reading', () => {
    const { output, did } = bench();
    expect(output.canPause).toBe(true);
    for (const isReading of [true, false, false, true, true, false]) output.read(isReading);
    expect(did).toEqual(['pause', 'resume', 'pause']);
    output.linkLost();
    output.read(true);
    output.read(false);
    expect(did).toEqual(['pause', 'resume', 'pause', 'pause']);
  });

  test('does without a transport that can pause', () => {
    const { output, comm } = bench();
    Object.assign(comm, { pause: undefined, resume: undefined });
    output.read(false);
    output.read(true);
    expect(output.canPause).toBe(false);
  });

  test('knows what this side waits for', () => {
    const { output } = bench();
    expect([output.awaited, output.awaitsAnswers]).toEqual([0, false]);
    Object.assign(output.pending, { queued: 3, inLine: 2, ghosts: 1 });
    expect([output.awaited, output.awaitsAnswers]).toEqual([4, true]);
    Object.assign(output.pending, { queued: 3, inLine: 0, ghosts: 0 });
    expect([output.awaited, output.awaitsAnswers]).toEqual([3, false]);
    output.unclaimedAnswers = 1;
    expect(output.awaitsAnswers).toBe(true);
    output.linkLost();
    expect(output.awaitsAnswers).toBe(false);
  });

  test('lets callbacks be called when this side asks while something waits', () => {
    const { output, comm } = bench();
    let calls = 0;
    output.caller = { callSoon: () => void calls++, callNext: () => {}, answerWaits: () => {} };
    output.write(READ, BYTES);
    expect(calls).toBe(0);
    output.isLoaded = true;
    output.write(READ, BYTES);
    expect(calls).toBe(1);
    comm.takes = false;
    output.write(READ, BYTES);
    expect(calls).toBe(1);
    output.linkLost();
    output.asked();
    expect(calls).toBe(1);
  });
});
