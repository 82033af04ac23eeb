/**
 * Prepares a release: version, changelog, build, pack, check, smoke test, commit and tag. It publishes nothing: it prints the
 * commands that do, because they cannot be taken back.
 *
 *     npm run release -- 0.2.0             # all of it
 *     npm run release -- 0.2.0 --dry-run   # changes nothing; checks and tries what would be released
 *     npm run release -- --smoke [PART]    # packs and tries what is here, or only the projects with PART in their names
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { releasedChangelog } from './changelog.js';
import { smoke } from './smoke.js';
import { comesAfter } from './version.js';

const FOLDER = '.tmp/release';
/** What package.json has where there is no address yet. */
const PLACEHOLDER = '.invalid/';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean', default: false }, smoke: { type: 'boolean', default: false } },
});

const run = (program: string, ...argv: string[]): string =>
  execFileSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  if (values.smoke) tryOut(pack(), positionals[0] ?? '');
  else release(positionals[0], values['dry-run']);
} catch (error) {
  process.stderr.write(`Not released: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function release(version: string | undefined, isDry: boolean): void {
  if (version === undefined) throw new Error('which version? npm run release -- 0.2.0 [--dry-run]');
  const manifest = readFileSync('package.json', 'utf8');
  const { version: last } = JSON.parse(manifest) as { version: string };
  const isLastReleased = run('git', 'tag', '--list', `v${last}`) !== '';
  if (!comesAfter(version, last, isLastReleased)) throw new Error(`${version} does not come after ${last}`);
  const changelog = releasedChangelog(
    readFileSync('CHANGELOG.md', 'utf8'),
    version,
    new Date().toISOString().slice(0, 10),
  );
  const faults = [
    ...(manifest.includes(PLACEHOLDER)
      ? ['package.json still has placeholder addresses (CONTRIBUTING.md, "Release")']
      : []),
    ...(run('git', 'status', '--porcelain') === ''
      ? []
      : ['the checkout has changes that are not committed']),
  ];
  if (faults.length > 0 && !isDry) throw new Error(faults.join('; '));
  for (const fault of faults) say(`would stop here: ${fault}`);
  if (!isDry) {
    run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version');
    writeFileSync('CHANGELOG.md', changelog);
  }
  const tarball = pack();
  say('checking the package');
  run('npm', 'run', '--silent', 'check:package');
  tryOut(tarball, '');
  if (isDry) return say(`nothing was changed; ${tarball} is what would be released`);
  run('git', 'commit', '--all', '--message', `Release ${version}`);
  run('git', 'tag', '--annotate', `v${version}`, '--message', version);
  say(`${tarball} is ready. What cannot be taken back is yours to do:`);
  say(`  git push --follow-tags\n  npm publish ${tarball}`);
}

/** Builds and packs; returns the tarball. */
function pack(): string {
  say('building and packing');
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const printed = run('npm', 'pack', '--json', '--pack-destination', FOLDER);
  // what the build prints comes first
  const [packed] = JSON.parse(printed.slice(printed.indexOf('[\n'))) as [{ filename: string }];
  return join(FOLDER, packed.filename);
}

function tryOut(tarball: string, wanted: string): void {
  say(`trying ${tarball}`);
  const outcomes = smoke(tarball, wanted, ({ name, fault }) =>
    say(`  ${fault === null ? 'works ' : 'FAILED'}  ${name}${fault === null ? '' : `\n${fault}`}`),
  );
  const failed = outcomes.filter(({ fault }) => fault !== null);
  if (failed.length > 0) throw new Error(`it fails with ${failed.map(({ name }) => name).join('; ')}`);
  if (outcomes.length === 0) throw new Error(`no project has ${JSON.stringify(wanted)} in its name`);
}
