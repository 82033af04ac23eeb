/** Where the time goes: profiles of both sides of our own session, summed up by part of the library and by function. */

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLACES } from './cores.js';
import { withPair } from './pair.js';
import { compile, takeConnections, warmUp } from './turns.js';
import { ECHOES } from './workloads.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = '.tmp/bench';
const MEASURED_MS = 3_000;
const CONNECTIONS = 2_000;

/** The rows that have a profile. */
export const PROFILED_ROWS = [...ECHOES.map(({ id }) => id), 'connections'];

/**
 * What belongs to which part, by the path of the source, or the name of a function that has none. The first that matches counts.
 */
const PARTS = [
  ['XState', /node_modules\/xstate\//],
  ['checksum', /^src\/wire\/checksum|node_modules\/crc-32\/|^crc32$/],
  ['frames: escaping, unescaping, finding their ends', /^src\/wire\/stp/],
  ['messages: JSON and what stands around it', /^src\/wire\/|^(stringify|parse)$/],
  ['socket: input, joined output, its watch', /^src\/transport\//],
  ['requests: pending, their time-outs, their promises', /^src\/session\/asking\//],
  ['session: dispatch, answers, counters, machines', /^(src|machines)\//],
  ['garbage collection', /^\(garbage collector\)$/],
  ['Node: streams, timers, promises', /^node:/],
  ['the benchmark itself', /^bench\//],
  ['system calls and other native code', /./],
];

/**
 * Takes a profile of both sides of a row, warmed up, with a core for each: a profiler reads the clock, and would take the time in
 * which the other side has the core for that of the call that was interrupted.
 *
 * @returns the shares of the parts, the most expensive functions, the CPU time for each request or connection in microseconds,
 *   and the paths of the two profiles
 */
export function takeProfile(row, { compileMs, warmUpMs, firstConnections }) {
  mkdirSync(`${ROOT}${FOLDER}`, { recursive: true });
  const paths = ['client', 'server'].map((side) => `${FOLDER}/${row}-${side}.cpuprofile`);
  return withPair('ours', PLACES.two, async (pair) => {
    const run = await warmedUp(pair, row, { compileMs, warmUpMs, firstConnections });
    const before = await cpuOfBoth(pair);
    const count = await run();
    const microseconds = ((await cpuOfBoth(pair)) - before) / count;
    await Promise.all([pair.ask('startProfile'), pair.askServer('startProfile')]);
    await run();
    await Promise.all([
      pair.ask('stopProfile', { path: `${ROOT}${paths[0]}` }),
      pair.askServer('stopProfile', { path: `${ROOT}${paths[1]}` }),
    ]);
    const profiles = paths.map((path) => JSON.parse(readFileSync(`${ROOT}${path}`, 'utf8')));
    return { ...summary(profiles), microseconds, paths };
  });
}

/** Warms a pair up for a row; what is returned runs it, and says how often. */
async function warmedUp(pair, row, { compileMs, warmUpMs, firstConnections }) {
  if (row === 'connections') {
    await takeConnections(pair, firstConnections);
    return async () => (await takeConnections(pair, CONNECTIONS)).count;
  }
  const workload = ECHOES.find(({ id }) => id === row);
  await compile(pair, compileMs);
  await warmUp(pair, workload, warmUpMs);
  return async () => (await pair.ask('echo', { ...workload, durationMs: MEASURED_MS })).requests;
}

async function cpuOfBoth(pair) {
  return (await pair.ask('cpu')) + (await pair.askServer('cpu'));
}

/** The shares of parts and functions in the time of some profiles together, the largest first. */
export function summary(profiles) {
  const parts = new Map();
  const functions = new Map();
  let total = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const nodeOf = new Map(nodes.map((node) => [node.id, node]));
    const selfUs = new Map();
    for (const [i, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + timeDeltas[i]);
    for (const [id, us] of selfUs) {
      const { callFrame } = nodeOf.get(id);
      if (callFrame.functionName === '(idle)') continue;
      const { path, line } = sourceOf(callFrame);
      const name = callFrame.functionName || '(anonymous)';
      const key = path === '' ? name : `${name}  ${path}:${line}`;
      const [part] = PARTS.find(([, pattern]) => pattern.test(path === '' ? name : path));
      total += us;
      parts.set(part, (parts.get(part) ?? 0) + us);
      functions.set(key, (functions.get(key) ?? 0) + us);
    }
  }
  const shares = (map) =>
    [...map].map(([what, us]) => ({ what, share: us / total })).sort((a, b) => b.share - a.share);
  return { parts: shares(parts), functions: shares(functions) };
}

/** The parts, in the order in which they are listed. */
export const PART_NAMES = PARTS.map(([name]) => name);

/** Where a function stands in the sources: what was compiled or bundled is followed back. */
function sourceOf({ url, lineNumber, columnNumber }) {
  if (!url.startsWith('file:')) return { path: url, line: lineNumber + 1 };
  const file = fileURLToPath(url);
  const { originalSource, originalLine } = mapOf(file)?.findEntry(lineNumber, columnNumber) ?? {};
  if (originalSource === undefined) return { path: relative(ROOT, file), line: lineNumber + 1 };
  const original = originalSource.startsWith('file:') ? fileURLToPath(originalSource) : originalSource;
  return { path: relative(ROOT, resolve(dirname(file), original)), line: originalLine + 1 };
}

const maps = new Map();

/** The source map beside a file of the library, if it has one. */
function mapOf(file) {
  if (!file.startsWith(`${ROOT}dist/`)) return undefined;
  if (!maps.has(file)) {
    const path = `${file}.map`;
    maps.set(file, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined);
  }
  return maps.get(file);
}
