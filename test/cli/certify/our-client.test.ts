/** `certify --listen` against our own client, whose machines must take the transitions that rules name. */

import { describe, expect, test } from 'vitest';
import type { AnyActorRef, InspectionEvent } from 'xstate';
import { WaitingRoom } from '../../../src/cli/certify/door.js';
import { CLIENT_RULES } from '../../../src/cli/certify/rules/index.js';
import { beginConnecting } from '../../../src/client/connect.js';
import { chartOf } from '../../../src/inspector/charts.js';
import { MemoryPlace } from '../../../src/transport/memory-streams.js';
import { createStructJson } from '../../../src/wire/index.js';
import { turns } from '../../support/fake-socket.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { certifyVirtually, idsOf, type Virtually, type VirtualOutcome, verdictOn } from './run-virtually.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';
const RULES = CLIENT_RULES.filter(({ id }) => id !== 'limit/endless-frame');
/** A client of ours comes back 75 s after its key was refused, at the latest. */
const WAIT_MS = 90_000;

interface Certified extends VirtualOutcome {
  /** The transitions that the machines of the client took for each rule, as the pictures have them. */
  readonly taken: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Certifies a client of ours, which comes back with its own pauses. */
async function certified(
  secret: string | null,
  options: Pick<Virtually, 'codec' | 'rules'> = {},
  ofClient: object = options,
): Promise<Certified> {
  const clock = new VirtualClock();
  const place = new MemoryPlace();
  const room = new WaitingRoom();
  place.listen((stream) => room.enter(stream));
  let now = new Set<string>();
  const taken = new Map<string, ReadonlySet<string>>();
  const { session, ready } = await beginConnecting({
    stream: place.connect,
    clock,
    random: () => 0.5,
    secret,
    inspect: (event: unknown) => collect(event as InspectionEvent, now),
    ...ofClient,
  });
  session.onRead(0, () => 'Sun Feb  2 00:00:44 2025');
  session.onWrite(7, () => {});
  session.onExecute(1, (data) => data);
  const outcome = await certifyVirtually(room.open, {
    clock,
    secret,
    waitMs: WAIT_MS,
    rules: RULES,
    judged: ({ id }) => {
      taken.set(id, now);
      now = new Set();
    },
    ...options,
  });
  await ready;
  await session.close();
  await turns();
  return { ...outcome, timers: clock.pending, taken };
}

/** Keeps the keys of the transitions that a machine takes, as the pictures have them. */
function collect(event: InspectionEvent, taken: Set<string>): void {
  if (event.type !== '@xstate.microstep') return;
  const { id, _parent } = event.actorRef as AnyActorRef;
  const chart = chartOf(id, _parent?.id ?? null);
  for (const transition of event._transitions) {
    const { source, eventType } = transition;
    const own = eventType === '' ? source?.always : source?.transitions.get(eventType);
    const trigger = eventType === '' ? 'always' : eventType;
    taken.add(`${chart}: ${source?.path.join('.')} ${trigger} ${own?.indexOf(transition)}`);
  }
}

describe('our client', { timeout: 60_000 }, () => {
  test('keeps all rules with a secret, and takes the transitions that they name', async () => {
    const { results, timers, taken } = await certified(SECRET);
    expect(idsOf(results, 'differs')).toEqual([]);
    expect(idsOf(results, 'observed')).toEqual([]);
    expect(idsOf(results, 'not judged')).toEqual([]);
    expect(timers).toBe(0);
    for (const { id, charts = [] } of RULES)
      for (const { chart, transitions } of charts)
        for (const transition of transitions)
          expect([...(taken.get(id) ?? [])], id).toContain(`${chart}: ${transition}`);
  });

  test('in the other codec is told to be judged in it', async () => {
    const rules = RULES.filter(({ id }) => ['name/asked', 'framing/whole', 'message/sent'].includes(id));
    const outcome = await certified(null, { rules }, { codec: createStructJson() });
    expect(idsOf(outcome.results, 'differs')).toEqual(['message/sent']);
    expect(verdictOn(outcome, 'framing/whole')).toEqual({
      kind: 'not judged',
      text: 'the peer does not speak in pure_json, and it does in struct_json: run this with --struct',
    });
  });

  test('keeps all rules without a secret, in both codecs', async () => {
    for (const options of [{}, { codec: createStructJson() }]) {
      const { results, timers } = await certified(null, options);
      expect(idsOf(results, 'differs')).toEqual([]);
      expect(idsOf(results, 'observed')).toEqual([]);
      expect(timers).toBe(0);
    }
  });
});
