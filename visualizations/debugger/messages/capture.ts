/** Entries of the debugger as a capture for Wireshark: our frames, and what could not be read, between the ends of each session. */

import type { DropEntry, MessageEntry, NumberedEntry } from '../../../src/inspector/entries.js';
import type { SessionRow } from '../../../src/inspector/feed.js';
import { DECODING_DROPS, FRAMING_DROPS } from '../../../src/protocol/reasons.js';
import { counted } from '../store/texts.js';
import { type Endpoint, endpointOf, type Packet, type Sent, TcpStream } from './packets.js';
import { encoded, framed } from './payload.js';
import { pcapngOf } from './pcapng.js';
import { bytesOfHex } from './row-facts.js';

/** A capture, and what a person should know about it. */
export interface Capture {
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
  readonly frames: number;
  /** Frames whose end was not kept. */
  readonly cut: number;
  /** Messages of an authentication, which carry a mask in place of what was sent. */
  readonly masked: number;
  /** Things that were dropped, whose bytes nobody kept. */
  readonly withoutBytes: number;
}

/** The port that the dissector decodes by itself. */
const PORT = 17_017;
const FIRST_CLIENT_PORT = 49_152;
const CLIENT_PORTS = 0x10000 - FIRST_CLIENT_PORT;

/**
 * A capture of entries.
 *
 * @param entries in the order of time; those that are no bytes on a line are left out
 * @param sessions what is known about the sessions, by group
 * @param startedAt when the debugger was opened, in milliseconds of the epoch
 */
export function captureOf(
  entries: Iterable<NumberedEntry>,
  sessions: ReadonlyMap<string, Pick<SessionRow, 'address' | 'role'>>,
  startedAt: number,
): Capture {
  const streams = new Map<string, TcpStream>();
  const packets: Packet[] = [];
  const counts = { frames: 0, cut: 0, masked: 0, withoutBytes: 0 };
  for (const entry of entries) {
    if (entry.kind !== 'message' && entry.kind !== 'drop') continue;
    const sent = entry.kind === 'message' ? messageOnLine(entry) : dropOnLine(entry);
    if (sent === null) continue;
    if (sent === 'no bytes') {
      counts.withoutBytes++;
      continue;
    }
    let stream = streams.get(entry.group);
    if (stream === undefined) {
      stream = streamOf(streams.size, sessions.get(entry.group) ?? null);
      streams.set(entry.group, stream);
    }
    counts.frames++;
    if (sent.hidden > 0) counts.cut++;
    if (sent.isMasked) counts.masked++;
    packets.push(...stream.send({ ...sent, ms: entry.ms }));
  }
  const comment = `Frames that a debugger of socket-protocol saw; the TCP and IP around them is made up. ${saidOf(counts)}`;
  return { parts: pcapngOf(packets, startedAt, comment.trim()), ...counts };
}

/** What a capture of entries would not have. */
export function missingIn(entries: Iterable<NumberedEntry>): Omit<Capture, 'parts' | 'frames'> {
  const counts = { cut: 0, masked: 0, withoutBytes: 0 };
  for (const entry of entries) {
    if (entry.kind === 'message') {
      if (entry.hex === null) counts.masked++;
      else if (entry.hiddenBytes > 0) counts.cut++;
    } else if (entry.kind === 'drop' && wasOnLine(entry)) {
      if (entry.hex === null) counts.withoutBytes++;
      else if (entry.hiddenBytes > 0) counts.cut++;
    }
  }
  return counts;
}

/** What is missing in a capture, in sentences; empty where nothing is. */
export function saidOf({ cut, masked, withoutBytes }: Omit<Capture, 'parts' | 'frames'>): string {
  const said: string[] = [];
  if (cut > 0) said.push(`The ends of ${counted(cut, 'long frame')} were not kept.`);
  if (masked > 0)
    said.push(`${counted(masked, 'message')} of authentications carry *** in place of seeds and keys.`);
  if (withoutBytes > 0) said.push(`Of ${counted(withoutBytes, 'dropped thing')} no bytes were kept.`);
  return said.join(' ');
}

type OnLine = Omit<Sent, 'ms'> & { readonly isMasked: boolean };

function messageOnLine(entry: MessageEntry): OnLine {
  const { from, codec, hex, hiddenBytes } = entry;
  if (hex === null) {
    const comment =
      'A message of an authentication: the debugger does not keep seeds and keys, so *** is in their place';
    return { from, bytes: framed(encoded(codec, entry)), hidden: 0, comment, isMasked: true };
  }
  return { from, ...frameOf(hex, hiddenBytes), isMasked: false };
}

/** A frame, or its beginning: where the end was not kept, nobody knows how many colons of it were escaped. */
function frameOf(hex: string, hiddenBytes: number) {
  const frame = framed(bytesOfHex(hex));
  if (hiddenBytes === 0) return { bytes: frame, hidden: 0, comment: null };
  const comment = `The last ${hiddenBytes} bytes of the payload were not kept`;
  return { bytes: frame.subarray(0, -2), hidden: hiddenBytes + 2, comment };
}

/** What was dropped as a message was on the line as one, and has an entry of its own. */
function wasOnLine({ from, reason }: DropEntry): boolean {
  return from !== null && (Object.hasOwn(DECODING_DROPS, reason) || Object.hasOwn(FRAMING_DROPS, reason));
}

function dropOnLine(entry: DropEntry): OnLine | 'no bytes' | null {
  const { from, reason, hex, hiddenBytes, detail } = entry;
  if (from === null || !wasOnLine(entry)) return null;
  if (hex === null) return 'no bytes';
  const isFrame = Object.hasOwn(DECODING_DROPS, reason);
  const said = `Dropped (${reason}): ${detail}`;
  if (!isFrame) {
    const cut = hiddenBytes > 0 ? `; ${hiddenBytes} more bytes were not kept` : '';
    return { from, bytes: bytesOfHex(hex), hidden: hiddenBytes, comment: `${said}${cut}`, isMasked: false };
  }
  const { bytes, hidden, comment } = frameOf(hex, hiddenBytes);
  const note = comment === null ? said : `${said}. ${comment}`;
  return {
    from,
    bytes,
    hidden,
    comment: `${note}. What looks like a seed or a key is masked`,
    isMasked: false,
  };
}

/** The ends of a session: the address that is known is that of its peer; the other end is made up. */
function streamOf(index: number, session: Pick<SessionRow, 'address' | 'role'> | null): TcpStream {
  const peer = endpointOf(session?.address ?? null);
  const madeUpPort = FIRST_CLIENT_PORT + (index % CLIENT_PORTS);
  const isServer = session?.role === 'server';
  if (peer === null) {
    const [high, low] = [(index >> 8) & 0xff, index & 0xff];
    const client = { ip: Uint8Array.of(10, high, low, 1), port: madeUpPort };
    return new TcpStream(client, { ip: Uint8Array.of(10, high, low, 2), port: PORT });
  }
  const own: Endpoint = { ip: ownAddressFor(peer.ip), port: isServer ? PORT : madeUpPort };
  return isServer ? new TcpStream(peer, own) : new TcpStream(own, peer);
}

/** Loopback for a peer on this machine, else a made-up address of the same kind. */
function ownAddressFor(peer: Uint8Array): Uint8Array {
  if (peer.length === 4) return peer[0] === 127 ? peer : Uint8Array.of(10, 0, 0, 1);
  const isLoopback = peer.every((byte, index) => byte === (index === 15 ? 1 : 0));
  if (isLoopback) return peer;
  return Uint8Array.from([0xfd, ...new Array<number>(14).fill(0), 1]);
}
