/** The certificates of the tests; test/support/certificates/make.sh made them, valid until 2126. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** From the root of the package: compiled tests lie elsewhere. */
const FOLDER = join('test', 'support', 'certificates');

/** A file of the folder, as text. */
export function pem(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** A certificate with its key. */
export function withKey(name: string): { cert: string; key: string } {
  return { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
}

/** The authority of all certificates but those of strangers. */
export const authority = pem('authority.pem');
