/** What is dropped: bytes on the line that are no frames, and messages that nobody took. */

import {
  DECODING_DROPS,
  type DecodingDropReason,
  type DropReason,
  textOfReason,
} from '../../protocol/reasons.js';
import type { DropEntry } from '../entries.js';
import { bytesOf, type Codecs, shortHex } from './codecs.js';
import { countText, peerOf, type Scene, type Side } from './scene.js';
import type { Secrets } from './secrets.js';

/** What is dropped in healthy sessions, or is told by what it belongs to. */
const UNTOLD: ReadonlySet<DropReason> = new Set<DropReason>([
  'stale',
  'draining',
  'link-lost',
  'late-answer',
]);

/** The rest of a frame that was broken off comes with it, or right after. */
const REST_MS = 100;

/** Watches what is dropped. */
export class Drops {
  readonly #scene: Scene;
  readonly #codecs: Codecs;
  readonly #secrets: Secrets;
  /** On all connections. */
  readonly #noiseBytes = { client: 0, server: 0 };

  constructor(scene: Scene, codecs: Codecs, secrets: Secrets) {
    this.#scene = scene;
    this.#codecs = codecs;
    this.#secrets = secrets;
  }

  /** Something was dropped. */
  dropped(entry: DropEntry, ms: number): void {
    const { own, link } = this.#scene;
    const { reason } = entry;
    const from = entry.from ?? (own === null ? 'server' : peerOf(own));
    if (Object.hasOwn(DECODING_DROPS, reason))
      return this.#codecs.refused(entry, from, reason as DecodingDropReason, ms);
    switch (reason) {
      case 'noise':
        return this.#noise(entry, from, ms);
      case 'wrong-protocol':
        return void this.#scene.incidents.happened(
          {
            code: 'other-protocol',
            text: `${entry.detail}, says the ${from}`,
            about: { reason, detail: entry.detail, peer: from, requestsWaiting: 0, own },
          },
          ms,
        );
      case 'unfinished':
        // how the connection ended says whether that is trouble
        link.unfinishedBytes += bytesOf(entry);
        return;
      case 'restarted':
      case 'broken-escape':
      case 'too-long':
        return this.#codecs.broken(entry, from, reason, ms);
      case 'untrusted':
        return this.#secrets.untrusted(entry, ms);
      default:
        if (!UNTOLD.has(reason)) this.#message(entry, from, ms);
    }
  }

  /** Each line of a device that prints is the same trouble. */
  #noise(entry: DropEntry, from: Side, ms: number): void {
    const { incidents, link } = this.#scene;
    const heard = link.heard[from];
    const bytes = bytesOf(entry);
    const { broken } = link;
    const isRest = broken !== null && ms - broken.ms <= REST_MS;
    const { text, isText } = textIn(entry.hex);
    heard.noiseBytes += bytes;
    heard.isNoiseText &&= isText;
    this.#noiseBytes[from] += bytes;
    const totalBytes = this.#noiseBytes[from];
    const incident = incidents.happened(
      {
        code: 'noise',
        key: from,
        text: `the ${from} sends bytes that are no frame: ${text === '' ? countText(bytes, 'byte') : `"${text}"`}`,
        about: { from, text, hex: shortHex(entry.hex), bytes, totalBytes, isText },
        coveredBy: link.codecIncident ?? (isRest ? broken.incident : null),
      },
      ms,
    );
    if (!isRest) link.noiseIncident = incident;
  }

  #message({ reason, detail, codec }: DropEntry, from: Side, ms: number): void {
    const text = detail === '' ? textOfReason(reason) : detail;
    this.#scene.incidents.happened(
      { code: 'dropped', key: reason, text, about: { reason, detail, from, codec } },
      ms,
    );
  }
}

/** Whether bytes are a text that a person would read, and that text with escapes for what cannot be printed. */
export function textIn(hex: string | null): { readonly text: string; readonly isText: boolean } {
  if (hex === null || hex === '') return { text: '', isText: false };
  // no Buffer: the page looks for trouble as well, in recordings
  const bytes = Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));
  const characters = [...new TextDecoder().decode(bytes)];
  const isText = characters.every(isPrintable);
  return {
    text: characters.map((character) => (isText ? escaped(character) : printed(character))).join(''),
    isText,
  };
}

/** Letters and the like, and what ends lines or colours terminals. */
const PRINTABLE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\ufffd]$/u;
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\u001b': '\\e' };

function escaped(character: string): string {
  return ESCAPES[character] ?? character;
}

function printed(character: string): string {
  return isPrintable(character) ? escaped(character) : '·';
}

function isPrintable(character: string): boolean {
  return PRINTABLE.test(character) || Object.hasOwn(ESCAPES, character);
}
