import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Real processes, sockets and signals: `npm run test:field`. The programs run the packed package, not the sources. */
export default defineConfig({
  resolve: {
    // what the tests themselves say on the wire
    alias: [{ find: /^socket-protocol\/wire$/, replacement: here('./src/wire/index.ts') }],
  },
  test: {
    include: ['test/field/**/*.test.ts'],
    globalSetup: ['test/field/support/install.ts'],
    // one file after the other: each has the machine to itself
    fileParallelism: false,
    // within a file, what mostly waits does so together
    maxConcurrency: 20,
    retry: 0,
    // an outer limit: what a test waits for is an event
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
