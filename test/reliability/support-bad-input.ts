/** What a case of bad input is, and what a session makes of it. */

import type { DropReason, LinkReason, Session, SessionOptions } from '../../src/index.js';
import { type Tuple, tupleOf } from '../support/bytes.js';
import { watch } from '../support/pair.js';
import { keepStore, SECRET, SocketPuppet } from '../support/socket-puppet.js';

/** What the peer does next, in the order of a case's list. */
export type Step =
  /** It sends bytes, in one chunk or byte by byte. */
  | Uint8Array
  /** It sends bytes that depend on the seeds it got, oldest first. */
  | ((seeds: readonly string[]) => Uint8Array)
  /** It lets time pass. */
  | { readonly waitsMs: number }
  /** It closes its side; its system breaks the connection; it reads no more; it reads everything again. */
  | 'ends'
  | 'breaks'
  | 'stops reading'
  | 'reads on'
  | Wish;

/** Not the peer, but the user of the session under test asks for something. */
export type Wish =
  | { readonly requests: readonly [serviceId: number, dataId: number]; readonly timeoutMs?: number }
  | { readonly receives: readonly [serviceId: number, dataId: number] }
  | { readonly authenticatesWithinMs: number };

/** One row of the table of bad input, or a part of it: bytes in, reaction out. What is left out must not happen. */
export interface BadInputCase {
  /** The row, and a letter where it has several cases: `2b`. */
  readonly id: string;
  readonly title: string;
  /** Which side the session under test is; a server unless set. */
  readonly role?: 'client' | 'server';
  /** Whether a secret is set, and whether the peer has proven to hold it before the input begins. */
  readonly state: 'untrusted' | 'trusted' | 'no secret';
  readonly options?: SessionOptions;
  /** Callbacks in place of those that behave as the Python peer does. */
  readonly callbacks?: (session: Session) => void;
  readonly input: readonly Step[];

  readonly drops?: Partial<Record<DropReason, number>>;
  /** What the session sends; seeds and keys are shown as `<seed>` and `<key>`. */
  readonly answers?: readonly Tuple[];
  readonly closes?: LinkReason;
  /** The requests for which a callback ran. */
  readonly ran?: readonly Tuple[];
  /** What became of what the user asked for. */
  readonly settles?: readonly unknown[];
  /** How many attempts to authenticate failed. */
  readonly failures?: number;
}

/** What a session made of an input. */
export interface Reaction {
  readonly drops: Partial<Record<DropReason, number>>;
  readonly answers: readonly Tuple[];
  readonly closes: LinkReason | null;
  readonly ran: readonly Tuple[];
  readonly settles: readonly unknown[];
  readonly failures: number;
  /** Errors that nobody caught. */
  readonly crashes: readonly string[];
  /** Timers that are left after the session was closed. */
  readonly timersLeft: number;
}

/** The reaction that a case expects. */
export function expectedOf(each: BadInputCase): Reaction {
  return {
    drops: each.drops ?? {},
    answers: each.answers ?? [],
    closes: each.closes ?? null,
    ran: each.ran ?? [],
    settles: each.settles ?? [],
    failures: each.failures ?? 0,
    crashes: [],
    timersLeft: 0,
  };
}

/** Runs a case against a session and returns what it made of it. */
export async function reactionTo(each: BadInputCase, chunking: 'whole' | 'byte by byte'): Promise<Reaction> {
  const crashes = watchCrashes();
  try {
    const puppet = await begin(each);
    const answeredBefore = puppet.heard.length;
    const settled: ReturnType<typeof watch>[] = [];
    for (const step of each.input) await take(step, puppet, settled, chunking).catch(crashes.see);
    const { dropped, failedAuthentications } = puppet.session.counters;
    const reaction = {
      drops: dropped,
      answers: puppet.heard.slice(answeredBefore).map((message) => masked(tupleOf(message))),
      closes: puppet.closedBecause,
      ran: [...puppet.ran],
      settles: settled.map(outcomeOf),
      failures: failedAuthentications,
    };
    return { ...reaction, timersLeft: await puppet.close(), crashes: crashes.seen };
  } finally {
    crashes.stop();
  }
}

async function begin({ role, state, options, callbacks }: BadInputCase): Promise<SocketPuppet> {
  const puppet = new SocketPuppet(role, {
    secret: state === 'no secret' ? null : SECRET,
    autoAuth: state === 'trusted',
    ...options,
  });
  if (callbacks === undefined) keepStore(puppet.session, puppet.ran);
  else callbacks(puppet.session);
  await puppet.settle();
  if (state === 'trusted') await (role === 'client' ? puppet.serveAuthentication() : puppet.authenticate());
  return puppet;
}

async function take(
  step: Step,
  puppet: SocketPuppet,
  settled: ReturnType<typeof watch>[],
  chunking: 'whole' | 'byte by byte',
): Promise<void> {
  const { socket } = puppet;
  if (step === 'ends') socket.endFromPeer();
  else if (step === 'breaks') socket.resetFromPeer();
  else if (step === 'stops reading') socket.stopReading();
  else if (step === 'reads on') socket.startReading();
  else if (isWish(step)) settled.push(watch(fulfil(step, puppet.session)));
  else if (isPause(step)) await puppet.passes(step.waitsMs);
  else {
    const bytes = typeof step === 'function' ? step(puppet.seeds) : step;
    if (chunking === 'whole') socket.arrive(bytes);
    else for (let i = 0; i < bytes.length; i++) socket.arrive(bytes.subarray(i, i + 1));
  }
  await puppet.settle();
}

export function isWish(step: Step): step is Wish {
  return (
    typeof step === 'object' && ('requests' in step || 'receives' in step || 'authenticatesWithinMs' in step)
  );
}

export function isPause(step: Step): step is { readonly waitsMs: number } {
  return typeof step === 'object' && 'waitsMs' in step;
}

function fulfil(wish: Wish, session: Session): Promise<unknown> {
  if ('authenticatesWithinMs' in wish) return session.authenticate(wish.authenticatesWithinMs);
  if ('receives' in wish) return session.receive(...wish.receives);
  const [serviceId, dataId] = wish.requests;
  return session.request(serviceId, dataId, null, { timeout: wish.timeoutMs });
}

/** Seeds and keys differ each time: shown as what they are. */
export function masked([serviceId, dataId, status, data]: Tuple): Tuple {
  const isHex = typeof data === 'string' && /^[0-9a-f]{64,}$/.test(data);
  if (serviceId === 1 && dataId === 0 && isHex) return [serviceId, dataId, status, '<seed>'];
  if (serviceId === 0 && dataId === 1 && isHex) return [serviceId, dataId, status, '<key>'];
  return [serviceId, dataId, status, data];
}

function outcomeOf({ state, value, error }: ReturnType<typeof watch>): unknown {
  if (state === 'pending') return 'pending';
  if (state === 'resolved') return isMessage(value) ? tupleOf(value) : value;
  const { code, written } = error as { code?: string; written?: boolean };
  return `${code}, ${written ? 'written' : 'not written'}`;
}

function isMessage(value: unknown): value is Parameters<typeof tupleOf>[0] {
  return typeof value === 'object' && value !== null && 'serviceId' in value;
}

/** Collects the errors that would have ended the process. */
function watchCrashes(): { seen: string[]; see: (error: unknown) => void; stop: () => void } {
  const seen: string[] = [];
  const see = (error: unknown): void => void seen.push(String(error));
  process.on('uncaughtException', see).on('unhandledRejection', see);
  return { seen, see, stop: () => process.off('uncaughtException', see).off('unhandledRejection', see) };
}
