/** Why two sides do not trust each other: other secrets, a missing one, an authentication that comes to nothing. */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  STATUS_OKAY,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../protocol/ids.js';
import { type Reason, textOfReason } from '../../protocol/reasons.js';
import type { DropEntry, MessageEntry, NoteEntry } from '../entries.js';
import type { Codecs } from './codecs.js';
import type { Scene } from './scene.js';

/** Watches the authentication. */
export class Secrets {
  readonly #scene: Scene;
  readonly #codecs: Codecs;

  constructor(scene: Scene, codecs: Codecs) {
    this.#scene = scene;
    this.#codecs = codecs;
  }

  /** A message of the authentication passed. */
  passed({ from, serviceId, dataId, status, data, exchange }: MessageEntry, ms: number): void {
    const { link } = this.#scene;
    if (serviceId === SID_AUTH_REQUEST && from === 'client' && dataId === DID_AUTH_SEED)
      link.hasAskedForSeed = true;
    if (serviceId !== SID_AUTH_RESPONSE || from !== 'server') return;
    if (status === STATUS_SERVICE_OR_DATA_UNKNOWN) return this.#noSecret(exchange, ms);
    if (status !== STATUS_OKAY || dataId !== DID_AUTH_KEY) return;
    if (data === true) {
      link.isTrusted = true;
      link.secretIncident = null;
    } else if (data === false) {
      link.wrongKeys.answered++;
      this.#wrong(exchange, ms);
    }
  }

  /** A session says that its authentication failed. */
  failed({ reason, text }: NoteEntry, ms: number): void {
    const { link } = this.#scene;
    switch (reason) {
      case 'wrong-secret':
      case 'too-many-wrong-keys':
        link.wrongKeys.noted++;
        return this.#wrong(null, ms);
      case 'peer-has-no-secret':
        return this.#noSecret(null, ms);
      case 'connection-lost':
        // what ended the connection is told, if it is trouble
        return;
      case 'no-answer':
        return this.#noAnswer(text, ms);
      default:
        return this.#other(reason, text, null, ms);
    }
  }

  #noAnswer(text: string, ms: number): void {
    const { own, link } = this.#scene;
    const isSilent = own !== null && link.heard[own === 'client' ? 'server' : 'client'].messages === 0;
    const by = isSilent ? this.#codecs.neverAnswered(own, ms, 'authentication', null) : link.codecIncident;
    this.#other('no-answer', text, by, ms);
  }

  #other(reason: Reason | null, text: string, coveredBy: number | null, ms: number): void {
    const { incidents, link } = this.#scene;
    const incident = incidents.happened(
      { code: 'authentication-failed', key: reason ?? '', text, about: { reason }, coveredBy },
      ms,
    );
    if (coveredBy === null) link.secretIncident = incident;
    link.suspects.add(incident);
  }

  /** The key and the note about it are one matter. */
  #wrong(exchange: number | null, ms: number): void {
    const { incidents, link } = this.#scene;
    const { noted, answered } = link.wrongKeys;
    const wrongKeys = Math.max(noted, answered);
    if (wrongKeys <= link.wrongKeys.told) return;
    link.wrongKeys.told = wrongKeys;
    link.secretIncident = incidents.happened(
      {
        code: 'wrong-secret',
        text: 'the key does not fit: the two sides have different secrets',
        about: { wrongKeys, own: this.#scene.own },
        exchange,
      },
      ms,
    );
  }

  #noSecret(exchange: number | null, ms: number): void {
    const { incidents, link, own } = this.#scene;
    // the answer and the note about it are one matter
    if (link.secretIncident !== null) return;
    link.secretIncident = incidents.happened(
      {
        code: 'server-without-secret',
        text: 'the client wants to authenticate, and the server has no secret',
        about: { own },
        exchange,
      },
      ms,
    );
  }

  /** The server answers that it wants an authentication first. */
  authenticationWanted(request: string, exchange: number | null, ms: number): void {
    this.#untrusted(request, exchange, ms);
  }

  /** A server session, or the client before trust, dropped something because its peer is not trusted. */
  untrusted({ detail }: DropEntry, ms: number): void {
    this.#untrusted(detail, null, ms);
  }

  #untrusted(what: string, exchange: number | null, ms: number): void {
    const { incidents, link, own } = this.#scene;
    const number = incidents.happened(
      link.hasAskedForSeed
        ? {
            code: 'too-early',
            text: `before the authentication was finished: ${what}`,
            about: { own, what },
            coveredBy: link.secretIncident,
            exchange,
          }
        : {
            code: 'client-without-secret',
            text: `the server wants an authentication, and the client has not begun one (${what})`,
            about: { own, what },
            exchange,
          },
      ms,
    );
    if (!link.hasAskedForSeed) link.secretIncident ??= number;
  }

  /** A client did not authenticate in time, says the server that hung up. */
  tooSlow(ms: number): void {
    const { link } = this.#scene;
    if (link.secretIncident !== null) return;
    if (link.hasAskedForSeed)
      return this.#other(
        'handshake-timeout' as Reason,
        textOfReason('handshake-timeout'),
        link.codecIncident,
        ms,
      );
    this.#untrusted('it hung up after handshakeTimeout', null, ms);
  }
}
