/** Where a server has its TLS from, and how it gets new certificates while it runs. */

import type { Clock } from '../base/clock.js';
import { OptionError } from '../protocol/errors.js';
import { type TlsServerSettings, tlsServerRow, withSecretOf } from '../transport/tls/option-tables.js';
import type { TlsServerOptions, TlsServerSource } from '../transport/tls/options.js';
import { SecureServer } from '../transport/tls/secure-server.js';

/** By then a program that writes certificate and key one after the other has finished. */
const SECOND_LOOK_MS = 1_000;

const ROW = tlsServerRow();

/** What TLS is made of. */
export interface TlsParts {
  readonly source: TlsServerSource;
  /** The session's, for a pre-shared key. */
  readonly secret: Uint8Array | null;
  readonly clock: Clock;
}

/** The TLS of one server, and its source. */
export class TlsSource {
  readonly secure: SecureServer;
  readonly #parts: TlsParts;
  /** Reloads that have begun, and the last that took effect: an older one must not undo it. */
  #begun = 0;
  #done = 0;

  private constructor(secure: SecureServer, parts: TlsParts) {
    this.secure = secure;
    this.#parts = parts;
  }

  /**
   * Reads the source; null where there is no TLS.
   *
   * @throws (rejects) OptionError for what cannot be used; what a function threw
   */
  static async open(parts: TlsParts): Promise<TlsSource | null> {
    const settings = await settingsOf(parts, parts.source);
    return settings === null ? null : new TlsSource(new SecureServer(settings, parts.clock), parts);
  }

  /**
   * Reads it again, or takes other options, for connections that come from now on.
   *
   * @throws (rejects) OptionError for what cannot be used: then the old ones stay
   */
  async reload(options?: TlsServerOptions): Promise<void> {
    const turn = ++this.#begun;
    const settings = await this.#read(options);
    if (turn < this.#done) return;
    this.#done = turn;
    this.secure.settings = settings;
  }

  async #read(options: TlsServerOptions | undefined): Promise<TlsServerSettings> {
    const { source, clock } = this.#parts;
    if (options !== undefined) return this.#settings(options);
    if (typeof source !== 'function')
      throw new OptionError(
        'tls',
        'new options for reloadTls, or a function that reads them anew',
        'neither',
      );
    try {
      return await this.#settings(source);
    } catch {
      // one of two files may be new, and the other one still old
      await new Promise<void>((resolve) => clock.setTimeout(() => resolve(), SECOND_LOOK_MS));
      return this.#settings(source);
    }
  }

  async #settings(source: TlsServerSource): Promise<TlsServerSettings> {
    const settings = await settingsOf(this.#parts, source);
    if (settings === null) throw new OptionError('tls', 'options: TLS cannot be switched off', 'false');
    return settings;
  }
}

async function settingsOf({ secret }: TlsParts, source: TlsServerSource): Promise<TlsServerSettings | null> {
  const options = typeof source === 'function' ? await source() : source;
  return ROW.check('tls', withSecretOf(options, secret)) || null;
}
