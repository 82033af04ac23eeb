/**
 * A2: every fault of one byte in a stream of four frames, and every pair of substituted bytes in a stream of two.
 *
 * No fault makes a message that was not sent, and none costs more than two of them. This is a law of pure_json: the one
 * checksum byte of struct_json cannot see an inserted or deleted zero.
 */

import { Message } from '../../../src/protocol/message.js';
import { DecodeError, encodeStp, pureJson, StpDecoder } from '../../../src/wire/index.js';
import { Random } from '../random.js';
import type { Reached, StageContext } from '../stage.js';
import { Failures, grouped } from './failures.js';
import { isSameValue } from './json-values.js';

const MAX_LOST = 2;
const MIXED_PAIRS = { ci: 0, deep: 10_000_000, release: 10_000_000 };

const FOUR: readonly Message<unknown>[] = [
  new Message({ serviceId: 8, dataId: 0, data: 'a:b' }),
  new Message({ serviceId: 10, dataId: 0 }),
  new Message({ serviceId: 11, dataId: 0, data: '10:42' }),
  new Message({ serviceId: 21, dataId: 7, status: 2, data: [1] }),
];
const TWO: readonly Message<unknown>[] = [
  new Message({ serviceId: 8, dataId: 0, data: 1 }),
  new Message({ serviceId: 9, dataId: 0, data: 2 }),
];

/** Runs the faults of a budget. */
export function reachA2({ budget, baseSeed, replaySeed, say }: StageContext): Reached {
  const failures = new Failures('A2');
  const four = new FaultyStream(FOUR);
  const length = four.stream.length;
  const expected = 255 * length + 256 * (length + 1) + length;
  let cases = 0;
  for (const fault of allFaults(four.stream)) {
    const problem = four.problemWith(applied(four.stream, fault));
    if (problem !== null) failures.add(baseSeed, `${inWords(fault)} of the four frames: ${problem}`);
    cases++;
  }
  if (cases !== expected) failures.add(baseSeed, `expected ${expected} faults, got ${cases}`);
  if (replaySeed !== null) mixedPair(new FaultyStream(TWO), failures, replaySeed);
  const pairs = budget === 'ci' ? 0 : allPairs(failures, baseSeed, MIXED_PAIRS[budget], say);
  const goal = `${grouped(expected)} one-byte faults${budget === 'ci' ? '' : ' + all pairs of substitutions'}`;
  const reached = `${grouped(cases)}${budget === 'ci' ? '' : ` + ${grouped(pairs)}`}`;
  return {
    id: 'A2',
    what: 'faulty bytes in a stream: no wrong message, at most two lost',
    goal: `${goal}, 0 wrong, ≤ ${MAX_LOST} lost`,
    reached: `${reached}, ${failures.count} failures, ≤ ${four.mostLost} lost`,
    isReached: failures.count === 0,
    failures: failures.lines,
  };
}

type Fault =
  | { readonly kind: 'substitution' | 'insertion'; readonly at: number; readonly byte: number }
  | { readonly kind: 'deletion'; readonly at: number };

function* allFaults(stream: Buffer): Generator<Fault> {
  for (let at = 0; at <= stream.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      yield { kind: 'insertion', at, byte };
      if (at < stream.length && byte !== stream[at]) yield { kind: 'substitution', at, byte };
    }
    if (at < stream.length) yield { kind: 'deletion', at };
  }
}

function applied(stream: Buffer, fault: Fault): Buffer {
  const before = stream.subarray(0, fault.at);
  switch (fault.kind) {
    case 'insertion':
      return Buffer.concat([before, Buffer.of(fault.byte), stream.subarray(fault.at)]);
    case 'substitution':
      return Buffer.concat([before, Buffer.of(fault.byte), stream.subarray(fault.at + 1)]);
    case 'deletion':
      return Buffer.concat([before, stream.subarray(fault.at + 1)]);
  }
}

function inWords(fault: Fault): string {
  const byte = fault.kind === 'deletion' ? '' : ` of 0x${fault.byte.toString(16)}`;
  return `${fault.kind}${byte} at byte ${fault.at}`;
}

/** Substitutions of two bytes, all of them; then pairs of any two faults, by chance. */
function allPairs(failures: Failures, baseSeed: number, mixed: number, say: StageContext['say']): number {
  const two = new FaultyStream(TWO);
  const original = two.stream;
  const faulty = Buffer.from(original);
  let cases = 0;
  for (let first = 0; first < original.length; first++) {
    for (let a = 1; a < 256; a++) {
      faulty[first] = (original[first] as number) ^ a;
      for (let second = first + 1; second < original.length; second++) {
        for (let b = 1; b < 256; b++) {
          faulty[second] = (original[second] as number) ^ b;
          const problem = two.problemWith(faulty);
          if (problem !== null) failures.add(baseSeed, `${faulty.toString('hex')}: ${problem}`);
          cases++;
        }
        faulty[second] = original[second] as number;
      }
    }
    faulty[first] = original[first] as number;
    say(`A2: ${grouped(cases)} pairs of substitutions, ${failures.count} failures`);
  }
  for (let i = 0; i < mixed; i++) mixedPair(two, failures, (baseSeed + i) >>> 0);
  return cases + mixed;
}

function mixedPair(two: FaultyStream, failures: Failures, seed: number): void {
  const random = new Random(seed);
  const once = applied(two.stream, randomFault(random, two.stream.length));
  const twice = applied(once, randomFault(random, once.length));
  const problem = two.problemWith(twice);
  if (problem !== null) failures.add(seed, `${twice.toString('hex')}: ${problem}`);
}

function randomFault(random: Random, length: number): Fault {
  const at = random.below(length);
  const byte = random.below(256);
  return random.of<Fault>([
    { kind: 'insertion', at, byte },
    { kind: 'substitution', at, byte },
    { kind: 'deletion', at },
  ]);
}

/** A stream of known messages, and what arrives of it once it is damaged. */
class FaultyStream {
  readonly stream: Buffer;
  mostLost = 0;
  readonly #messages: readonly Message<unknown>[];
  readonly #payloads: readonly Buffer[];
  readonly #decoder: StpDecoder;
  /** The sound payloads have been decoded once, and need not be a hundred million times more. */
  #isProven = false;
  /** Index of the message that may come next: they arrive in order or not at all. */
  #next = 0;
  #arrived = 0;
  #problem: string | null = null;

  constructor(messages: readonly Message<unknown>[]) {
    this.#messages = messages;
    this.#payloads = messages.map((message) => pureJson.encode(message));
    this.stream = Buffer.concat(this.#payloads.map((payload) => encodeStp(payload)));
    this.#decoder = new StpDecoder({ frame: (payload) => this.#take(payload) });
    const problem = this.problemWith(this.stream);
    if (problem !== null || this.#arrived !== messages.length)
      throw new Error(`expected ${messages.length} messages of the sound stream, got ${this.#arrived}`);
    this.#isProven = true;
  }

  problemWith(stream: Buffer): string | null {
    this.#next = 0;
    this.#arrived = 0;
    this.#problem = null;
    this.#decoder.push(stream);
    this.#decoder.reset();
    const lost = this.#messages.length - this.#arrived;
    this.mostLost = Math.max(this.mostLost, lost);
    return this.#problem ?? (lost > MAX_LOST ? `lost ${lost} messages` : null);
  }

  #take(payload: Buffer): void {
    const i = this.#indexOf(payload);
    if (i === null) return;
    if (i === -1) this.#problem ??= `got the message ${payload.toString('latin1')}`;
    else this.#next = i + 1;
    this.#arrived++;
  }

  /** Which of the messages that may still come it is; -1: none of them; null: no message. */
  #indexOf(payload: Buffer): number | null {
    const sound = this.#payloads.findIndex((each, at) => at >= this.#next && each.equals(payload));
    if (sound >= 0 && this.#isProven) return sound;
    try {
      const message = pureJson.decode(payload);
      return this.#messages.findIndex((sent, at) => at >= this.#next && isSameMessage(sent, message));
    } catch (error) {
      if (!(error instanceof DecodeError)) this.#problem ??= `decode threw ${error}`;
      return null;
    }
  }
}

function isSameMessage(a: Message<unknown>, b: Message): boolean {
  return (
    a.status === b.status &&
    a.serviceId === b.serviceId &&
    a.dataId === b.dataId &&
    isSameValue(a.data, b.data)
  );
}
