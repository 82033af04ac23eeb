/** Keys of connections in a file, in the format of NSS: Wireshark decrypts a capture with it. */

import { appendFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { messageOfThrown } from '../../base/thrown.js';
import { warn } from '../../base/warnings.js';
import { OptionError } from '../../protocol/errors.js';

/** Only the owner may read it: its keys decrypt the traffic. */
const KEYLOG_MODE = 0o600;

/** A file of keys. */
export class Keylog {
  readonly #path: string;
  #isBroken = false;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * The file that the option names, or the environment; null where neither does.
   *
   * @throws OptionError for a file of the option that cannot be written; of the environment, it is a warning
   */
  static at(option: string, given: string | null): Keylog | null {
    const path = given ?? process.env['SSLKEYLOGFILE'] ?? '';
    if (path === '') return null;
    const keylog = new Keylog(path);
    const problem = keylog.#append('');
    if (problem === null) {
      warn('SP_TLS_KEYLOG', `the TLS keys go to ${path}: anyone who can read this file can read the traffic`);
      return keylog;
    }
    if (given !== null) throw new OptionError(option, 'a file that can be written', problem);
    warn('SP_TLS_KEYLOG', `the TLS keys do not go to SSLKEYLOGFILE: ${problem}`, { matter: 'SSLKEYLOGFILE' });
    return null;
  }

  /** Writes down the keys of a connection. */
  follow(socket: TLSSocket): void {
    socket.on('keylog', (line: Buffer) => {
      if (this.#isBroken) return;
      const problem = this.#append(line);
      if (problem === null) return;
      this.#isBroken = true;
      warn('SP_TLS_KEYLOG', `the TLS keys go to ${this.#path} no more: ${problem}`);
    });
  }

  /** Returns what went wrong. */
  #append(line: Buffer | ''): string | null {
    try {
      appendFileSync(this.#path, line, { mode: KEYLOG_MODE });
      return null;
    } catch (error) {
      return messageOfThrown(error);
    }
  }
}
