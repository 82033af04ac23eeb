/**
 * Makes the JavaScript of `dist`, or of another folder: a few files instead of one for each module, because a module costs more
 * to find than to run.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { licences } from './licences.js';

const [dir = 'dist'] = process.argv.slice(2);
const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Modules that are loaded together are one file (docs/decisions/bundle.md). */
const FILES = [
  { name: 'wire', test: /\/src\/(wire|protocol|base)\// },
  // a program without gateways makes none of their machines
  { name: 'machines', test: /\/machines\/(?!bus-link|device-presence|lease|shared-device|index)/ },
  { name: 'fleet-machines', test: /\/machines\// },
  {
    name: 'library',
    // files about failures are recordings, whose text the inspector makes too; an import of it when one fails would split the bundles
    // of users in two, which not every bundler does unasked
    test: /\/src\/(client|server|contract|session|transport|recorder)\/|\/src\/inspector\/(charts|excerpts|flight-recording|notes|recording-header|taken)\.ts$/,
  },
  { name: 'share', test: /\/src\/share\// },
  { name: 'inspector', test: /\/src\/inspector\// },
  // before NATS, which would take along what it shares with the bus; then a gateway would need the client of NATS
  { name: 'bus', test: /\/src\/bus\/(?!nats\/)/ },
  { name: 'nats', test: /\/src\/bus\/nats\// },
  { name: 'gateway', test: /\/src\/(gateway|workers)\// },
  // what stands in for syntax that Node 20 lacks; only the command line has any
  { name: 'helpers', test: /@oxc-project/ },
  // packages that only the command line needs, so that nobody installs them with the library
  { name: 'commander', test: /\/node_modules\/commander\// },
  { name: 'valibot', test: /\/node_modules\/valibot\// },
];

/** Text without other characters is read and compiled faster; what is in source maps has them. */
const ascii = {
  name: 'ascii',
  renderChunk: (code) => ({
    code: code.replace(
      /[^\0-\x7f]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
    map: null,
  }),
};

await build({
  input: {
    'src/index': 'src/index.ts',
    'src/wire/index': 'src/wire/index.ts',
    'src/inspector/index': 'src/inspector/index.ts',
    'src/bus/nats/index': 'src/bus/nats/index.ts',
    'src/gateway/index': 'src/gateway/index.ts',
    'src/share/index': 'src/share/index.ts',
    'machines/index': 'machines/index.ts',
    'src/cli/main': 'src/cli/main.ts',
  },
  platform: 'node',
  // packages stay those of the user: an inspector of XState's sees the actors of one XState only
  external: [/^node:/, ...Object.keys(dependencies), ...Object.keys(peerDependencies)],
  tsconfig: 'tsconfig.build.json',
  // as in tsconfig.json, of which it takes less: Node 20 has no `await using`
  transform: { target: 'es2023' },
  // names say more than numbers
  optimization: { inlineConst: false },
  plugins: [ascii, licences],
  output: {
    dir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: ({ moduleIds }) => {
      const isOfCommandLine = (id) => /\/src\/cli\/|@oxc-project|\/node_modules\/|^\0rolldown/.test(id);
      return moduleIds.every(isOfCommandLine) ? 'src/cli/[name].js' : 'src/[name].js';
    },
    codeSplitting: { groups: FILES },
    minifyInternalExports: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
});

// the sources of other packages are not shipped
for (const name of ['commander', 'valibot']) {
  const file = join(dir, `src/cli/${name}.js`);
  rmSync(`${file}.map`);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
}
