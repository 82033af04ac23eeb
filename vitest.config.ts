import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // the page of the debugger
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: {
    // tests and examples import the package by its name and get the sources
    alias: [
      { find: /^socket-protocol\/inspector$/, replacement: here('./src/inspector/index.ts') },
      { find: /^socket-protocol\/gateway$/, replacement: here('./src/gateway/index.ts') },
      { find: /^socket-protocol\/wire$/, replacement: here('./src/wire/index.ts') },
      { find: /^socket-protocol\/share$/, replacement: here('./src/share/index.ts') },
      { find: /^socket-protocol\/machines$/, replacement: here('./machines/index.ts') },
      { find: /^socket-protocol\/nats$/, replacement: here('./src/bus/nats/index.ts') },
      { find: /^socket-protocol$/, replacement: here('./src/index.ts') },
      // the static extractor of Stately's tools reads machines of any version, and itself runs on version 4
      {
        find: /^@xstate\/machine-extractor$/,
        replacement: here('./node_modules/@xstate/machine-extractor/dist/xstate-machine-extractor.esm.js'),
      },
      { find: /^xstate\/lib\/(\w+)$/, replacement: 'xstate-4/lib/$1.js' },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // real processes: vitest.field.config.ts
    exclude: ['test/field/**'],
    retry: 0,
    globalSetup: ['tools/build/page.js'],
    server: { deps: { inline: ['@xstate/machine-extractor'] } },
  },
});
