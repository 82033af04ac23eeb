/** A user's test, in the environment of a browser; it leaves its outcomes in a file. */

import { writeFileSync } from 'node:fs';
import * as library from 'socket-protocol';
import { inject, test } from 'vitest';
import { ownRealm, report } from './checks.mjs';

test('uses the library', async () => {
  writeFileSync(inject('report'), JSON.stringify(await report(library, ownRealm)));
});
