import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Each environment twice: with its objects put into Node's own realm, and with a realm of its own. */
const projects = ['jsdom', 'happy-dom'].flatMap((environment) =>
  ['threads', 'vmThreads'].map((pool) => ({
    test: {
      name: `${environment} ${pool}`,
      environment,
      pool,
      include: ['environment.mjs'],
      provide: { report: join(import.meta.dirname, `${environment} ${pool}.json`) },
      testTimeout: 60_000,
    },
  })),
);

export default defineConfig({ test: { projects } });
