/** Two sides that do not understand each other: other codecs, damaged frames, nothing at all. */

import type { DecodingDropReason, FramingDropReason } from '../../protocol/reasons.js';
import type { DropEntry } from '../entries.js';
import { countText, peerOf, type Scene, type Side } from './scene.js';

/** Frames that cannot be read, or their bytes, before the codec is the likely cause: one may be damaged on its way. */
const SUSPICIOUS_FRAMES = 3;
const SUSPICIOUS_BYTES = 64;

/** What makes a codec the likely cause. */
type Evidence = 'frames-of-other-codec' | 'no-frame-in-bytes' | 'no-answer-while-bytes-come';

/** Watches whether what comes can be read. */
export class Codecs {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** A frame could not be read. */
  refused(entry: DropEntry, from: Side, reason: DecodingDropReason, ms: number): void {
    const { link } = this.#scene;
    const heard = link.heard[from];
    heard.refused++;
    heard.refusedBytes += bytesOf(entry);
    if (entry.readableAs !== null) {
      heard.otherCodec = entry.readableAs;
      return void this.#mismatch(from, 'frames-of-other-codec', entry, ms);
    }
    const isSuspicious =
      heard.messages === 0 && (heard.refused >= SUSPICIOUS_FRAMES || heard.refusedBytes >= SUSPICIOUS_BYTES);
    if (isSuspicious && link.codecIncident === null) this.#mismatch(from, 'no-frame-in-bytes', entry, ms);
    this.#bad(entry, from, reason, ms);
  }

  /** Bytes were no frame, though one had begun. */
  broken(entry: DropEntry, from: Side, reason: FramingDropReason, ms: number): void {
    this.#scene.link.broken = { incident: this.#bad(entry, from, reason, ms), ms };
  }

  #bad(entry: DropEntry, from: Side, reason: DecodingDropReason | FramingDropReason, ms: number): number {
    const { incidents, link } = this.#scene;
    const { detail, hex, codec } = entry;
    const incident = incidents.happened(
      {
        code: 'bad-frames',
        key: `${from} ${reason}`,
        text: `from the ${from}: ${detail}`,
        about: {
          from,
          reason,
          detail,
          hex: shortHex(hex),
          bytes: bytesOf(entry),
          codec,
          isOwn: this.#scene.own === from,
        },
        coveredBy: link.codecIncident,
      },
      ms,
    );
    link.suspects.add(incident);
    return incident;
  }

  /**
   * A request has waited too long for its answer, and nothing that can be read ever came on this connection.
   *
   * @param asker who asked
   * @param name what was asked
   * @returns the incident that says so
   */
  neverAnswered(asker: Side, ms: number, name: string, exchange: number | null): number {
    const { incidents, link, own, understood } = this.#scene;
    const silent = peerOf(asker);
    const { refused, noiseBytes, isNoiseText } = link.heard[silent];
    if (link.codecIncident !== null) return link.codecIncident;
    if (refused > 0 || (noiseBytes > 0 && !isNoiseText))
      return this.#mismatch(silent, 'no-answer-while-bytes-come', null, ms);
    const requests = link.openOf(asker).length;
    const hasAnsweredBefore = understood.has(silent);
    const before = hasAnsweredBefore ? '; it did answer on an earlier connection' : '';
    const number = incidents.happened(
      {
        code: 'never-answered',
        key: hasAnsweredBefore ? 'again' : '',
        text: `the ${silent} has not sent a single message since the connection opened, though it was asked (${name})${before}`,
        about: {
          silent,
          isOwn: own === asker,
          requests,
          request: name,
          silentMs: Math.round(ms - link.openedMs),
          bytes: noiseBytes,
          codec: this.#codec,
          hasAnsweredBefore,
        },
        exchange,
      },
      ms,
    );
    link.neverAnsweredIncident = number;
    incidents.cover(link.suspects, number);
    return number;
  }

  #codec: string | null = null;

  /** The codec that this side, or the debugger, reads with. */
  reads(codec: string): void {
    this.#codec = codec;
  }

  #mismatch(from: Side, evidence: Evidence, entry: DropEntry | null, ms: number): number {
    const { incidents, link, own } = this.#scene;
    const heard = link.heard[from];
    const other = link.heard[peerOf(from)];
    const ours = entry?.codec ?? this.#codec;
    const likely = heard.otherCodec;
    const others =
      other.messages > 0 || own !== null ? 'reads-ours' : other.otherCodec !== null ? 'same' : 'silent';
    const reader = own === null ? 'the debugger' : 'this side';
    const frames = heard.refused;
    const bytes = heard.refusedBytes + heard.noiseBytes;
    const text =
      evidence === 'frames-of-other-codec'
        ? `the ${from} sends ${likely}, and ${reader} reads ${ours ?? 'another codec'}`
        : `nothing from the ${from} can be read as ${ours ?? 'a message'} (${frames === 0 ? countText(bytes, 'byte') : countText(frames, 'frame')}): it probably uses another codec`;
    const incident = incidents.happened(
      {
        code: 'codec-mismatch',
        key: own === null ? '' : from,
        text,
        about: {
          from,
          evidence,
          ours,
          likely,
          others,
          frames,
          bytes,
          isOwn: own === from,
          isBetween: own === null,
        },
      },
      ms,
    );
    link.codecIncident = incident;
    const explained = [link.neverAnsweredIncident, heard.isNoiseText ? null : link.noiseIncident];
    for (const each of explained) if (each !== null) link.suspects.add(each);
    incidents.cover(link.suspects, incident);
    return incident;
  }
}

/** How many bytes a drop is about. */
export function bytesOf({ hex, hiddenBytes }: DropEntry): number {
  return (hex === null ? 0 : Math.ceil(hex.length / 3)) + hiddenBytes;
}

/** The beginning of bytes in hex. */
export function shortHex(hex: string | null): string | null {
  return hex === null || hex === '' ? null : hex.slice(0, 3 * SUSPICIOUS_BYTES).trimEnd();
}
