import { fileURLToPath } from 'node:url';
import type { TestFolder } from './folder.js';

const INDEX = JSON.stringify(fileURLToPath(new URL('../../src/index.ts', import.meta.url)));
const ZOD = JSON.stringify(fileURLToPath(import.meta.resolve('zod')));

/** What a module of a user begins with; it lies outside of the package, so it names its imports by their paths. */
export const IMPORTS = `import { contract, execute, read, request, write } from ${INDEX};
import * as z from ${ZOD};
`;

const THERMOSTAT = `export const thermostat = contract({
  time: read(0, z.string()),
  led: write(7, z.object({ brightness: z.number().min(0).max(1) })),
  ledNow: read(7, z.object({ brightness: z.number() })),
  reboot: execute(1, z.object({ delay: z.number() }), z.boolean()),
  calibrate: request(100, 150, 3, z.object({ offset: z.number() }), z.object({ offset: z.number() })),
});
`;

/** Writes a module that exports a contract; returns its path. */
export function thermostatIn(folder: TestFolder): string {
  return folder.file('thermostat.mjs', IMPORTS + THERMOSTAT);
}
