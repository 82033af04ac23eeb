/**
 * G1, G2: two honest peers, each in a process of its own, send, read and echo in bulk to each other at once, and let
 * callbacks ask back by the thousand. All of it arrives; nothing is refused, dropped or cut off.
 */

import { connect } from '../../../src/index.js';
import { MeasuredProcess } from '../resources/child-process.js';
import type { Reached, Stage, StageContext } from '../stage.js';
import { ActingPeer, PATIENT_MS } from './acting-peer.js';
import type { Act, Acted, FlowQuestions, PeerState } from './flow-questions.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const PIECE_BYTES = 256 * KIB;

/** What the client does, and what the server does meanwhile. */
interface Case {
  readonly name: string;
  readonly client: Act;
  readonly server: Act;
}

const STREAMED_BYTES: Readonly<Record<StageContext['budget'], number>> = {
  ci: 32 * MIB,
  deep: 200 * MIB,
  release: 2_000 * MIB,
};
const NESTED: Readonly<Record<StageContext['budget'], number>> = {
  ci: 10_000,
  deep: 10_000,
  release: 10_000,
};

/** Bulk in both directions, and nested requests. */
export const flowStage: Stage = {
  name: 'bulk both ways and nested requests',
  figures: ['G1', 'G2'],
  run: async ({ budget, say }) => {
    const bulk = bulkCases(STREAMED_BYTES[budget]);
    const nested = nestedCases(NESTED[budget]);
    const results = new Map<Case, readonly string[]>();
    await using server = new MeasuredProcess<FlowQuestions>('./../flow/server-main.js');
    for (const each of [...bulk, ...nested]) {
      const startedMs = performance.now();
      const failures = await runCase(server, each);
      results.set(each, failures);
      say(`${each.name}: ${failures.join('; ') || 'all'}, ${(performance.now() - startedMs).toFixed(0)} ms`);
    }
    return [
      figure('G1', 'two honest peers that send, read and echo in bulk to each other at once', bulk, results),
      figure('G2', `${NESTED[budget]} requests at once whose callbacks ask back`, nested, results),
    ];
  },
};

function bulkCases(streamedBytes: number): readonly Case[] {
  const bulk: readonly (readonly [string, Act])[] = [
    ['64 x 256 KiB read', { kind: 'read', count: 64, byteLength: PIECE_BYTES }],
    ['9 MiB sent at once', { kind: 'send', count: 1, byteLength: 9 * MIB }],
    [
      `${streamedBytes / MIB} MiB streamed`,
      { kind: 'send', count: streamedBytes / PIECE_BYTES, byteLength: PIECE_BYTES },
    ],
    ['64 x 256 KiB echoed', { kind: 'echo', count: 64, byteLength: PIECE_BYTES }],
  ];
  return bulk.map(([name, act]) => ({ name: `${name} by both`, client: act, server: act }));
}

function nestedCases(count: number): readonly Case[] {
  const answer: Act = { kind: 'answer' };
  const nested = (depth: number, share = 1): Act => ({ kind: 'nested', count: count * share, depth });
  return [
    { name: `${count} asked back`, client: nested(1), server: answer },
    { name: `${count / 2} by each, asked back`, client: nested(1, 0.5), server: nested(1, 0.5) },
    { name: `${count / 4} nested three deep`, client: nested(3, 0.25), server: answer },
  ];
}

/** Runs a case on a connection of its own; what was wrong. */
async function runCase(server: MeasuredProcess<FlowQuestions>, each: Case): Promise<readonly string[]> {
  const port = await server.ask('listen', null);
  await using session = await connect({ port, requestTimeout: PATIENT_MS });
  const client = new ActingPeer(session);
  // its answer says that the server's peer is there
  await session.read(0);
  const acted = await Promise.all([client.act(each.client), server.ask('act', each.server)]);
  const atClient = await client.state(sentBy(each.server));
  const atServer = await server.ask('state', { awaits: sentBy(each.client) });
  return [
    ...failuresOf('client', each.client, acted[0], { state: atClient, awaits: sentBy(each.server) }),
    ...failuresOf('server', each.server, acted[1], { state: atServer, awaits: sentBy(each.client) }),
  ];
}

function sentBy(act: Act): number {
  return act.kind === 'send' ? act.count : 0;
}

function failuresOf(
  name: string,
  act: Act,
  { done, failed }: Acted,
  { state, awaits }: { readonly state: PeerState; readonly awaits: number },
): string[] {
  const failures: string[] = [];
  const count = act.kind === 'answer' ? 0 : act.count;
  if (done !== count) failures.push(`the ${name} got ${done} of ${count}: ${JSON.stringify(failed)}`);
  if (state.arrived !== awaits)
    failures.push(`${state.arrived} of ${awaits} messages arrived at the ${name}`);
  if (Object.keys(state.dropped).length > 0)
    failures.push(`the ${name} dropped ${JSON.stringify(state.dropped)}`);
  if (state.disconnects.length > 0)
    failures.push(`the ${name} was disconnected: ${state.disconnects.join()}`);
  return failures;
}

function figure(
  id: string,
  what: string,
  cases: readonly Case[],
  results: ReadonlyMap<Case, readonly string[]>,
): Reached {
  const failures = cases.flatMap((each) =>
    (results.get(each) ?? []).map((failure) => `${each.name}: ${failure}`),
  );
  const good = cases.filter((each) => results.get(each)?.length === 0).length;
  return {
    id,
    what,
    goal: `${cases.length} of ${cases.length} cases: all arrive, none is lost, refused or cut off`,
    reached: `${good} of ${cases.length} cases`,
    isReached: good === cases.length,
    failures,
  };
}
