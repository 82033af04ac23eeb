/**
 * Drives a real session along a walk, goes on with what shows everything that the walk may have left behind, and
 * compares all that user, peer and transport saw with what they must see.
 */

import type { JsonValue } from '../../src/index.js';
import { textOfAct } from '../trust/models/act.js';
import type { Bench, TimedEffect } from '../trust/models/bench.js';
import { differencesOn } from '../trust/models/drive.js';
import type { Channel, Line } from './expected/book.js';
import { GUARDED_DATA, OPEN_DATA } from './expected/data.js';
import { expectedLines } from './expected/session.js';
import { WORDS } from './expected/words.js';
import { probe } from './probe.js';
import type { Walk } from './walks.js';

const CHANNELS: readonly Channel[] = ['wire', 'announced', 'dropped', 'settled', 'transport', 'logged'];

/** What a walk has shown. */
export interface Driven {
  /** Where the session did not go through the states of its machine: then the walk was another one. */
  readonly strays: readonly string[];
  /** One line for each channel on which something else was seen than must be. */
  readonly differences: readonly string[];
  /** Everything that was done to the session, line by line. */
  readonly acts: string;
}

/** Carries walks out, one after the other. */
export async function driveAll(walks: readonly Walk[]): Promise<Driven[]> {
  const driven: Driven[] = [];
  for (const walk of walks) driven.push(await drive(walk));
  return driven;
}

async function drive({ variant, model, stimuli, restMs }: Walk): Promise<Driven> {
  const world = await variant.open();
  const { bench } = world;
  furnish(bench);
  const strays: string[] = [];
  const walk = { stimuli, lastIsUnreachable: false };
  for await (const stray of differencesOn({ variant, model }, world, walk)) strays.push(stray);
  await bench.clock.advanceAsync(restMs);
  await probe(bench);
  const differences = [...compare(bench), ...(await bench.close())];
  const named = (line: string): string => `${variant.name}: ${line}`;
  return {
    strays: strays.map(named),
    differences: differences.map(named),
    acts: bench.acts.map(textOfAct).join('\n'),
  };
}

/** The session answers two requests, one of which everybody may make. */
function furnish({ session }: Bench): void {
  session.addMsgToAuthWhitelist(10, OPEN_DATA.dataId);
  for (const { dataId, data } of [OPEN_DATA, GUARDED_DATA]) session.onRead(dataId, (): JsonValue => data);
}

function compare(bench: Bench): string[] {
  const seen = bench.history();
  const expected = expectedLines(bench.options, bench.acts, bench.clock.now());
  return CHANNELS.flatMap((channel) => {
    const [must, has] = [textsOf(expected, channel), textsOf(seen, channel)];
    const at = must.findIndex((text, index) => text !== has[index]);
    if (at < 0 && must.length === has.length) return [];
    const index = at < 0 ? must.length : at;
    return [`expected ${must[index] ?? 'nothing more'}, got ${has[index] ?? 'nothing more'} (${channel})`];
  });
}

function textsOf(lines: readonly (Line | TimedEffect)[], channel: Channel): string[] {
  return lines
    .filter((line) => line.channel === channel)
    .flatMap(({ atMs, text }) =>
      isCompared(channel, text) ? [`${shown(channel, text)} at ${atMs} ms`] : [],
    );
}

/** Of the log only one warning is compared, and not by its every word. */
function isCompared(channel: Channel, text: string): boolean {
  return channel !== 'logged' || text.includes(WORDS.nameOverwritten);
}

function shown(channel: Channel, text: string): string {
  return channel === 'logged' ? WORDS.nameOverwritten : text;
}
