import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // tests and examples import the package by its name and get the sources
    alias: [
      { find: /^socket-protocol\/wire$/, replacement: here('./src/wire/index.ts') },
      { find: /^socket-protocol\/machines$/, replacement: here('./machines/index.ts') },
      { find: /^socket-protocol$/, replacement: here('./src/index.ts') },
    ],
  },
  test: { include: ['test/**/*.test.ts'], retry: 0 },
});
