/** `certify` against real peers: the Python one, and our own server, whose machines must take the transitions that rules name. */

import { describe, expect, test } from 'vitest';
import type { AnyActorRef, InspectionEvent } from 'xstate';
import { systemClock } from '../../src/base/clock.js';
import { Conversation, type ConversationSettings } from '../../src/cli/certify/conversation.js';
import { clientEnd } from '../../src/cli/certify/end.js';
import { socketLinks } from '../../src/cli/certify/link.js';
import type { Subject, TalkRule } from '../../src/cli/certify/rule.js';
import { CLIENT_RULES, RULES } from '../../src/cli/certify/rules/index.js';
import { PING_OF_SERVERS, sayTo } from '../../src/cli/certify/say.js';
import { codecOf } from '../../src/cli/codecs.js';
import { listen } from '../../src/index.js';
import { chartOf } from '../../src/inspector/charts.js';
import { linesOf, type Outcome, runCommand, startListening } from '../support/command.js';
import { PythonPeer } from '../support/python-peer.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';
const ALL_ALLOWED = [
  '--channel',
  'tester',
  '--allow-write',
  '7=1',
  '--allow-execute',
  '1',
  '--allow-attacks',
];

/** What the Python peer does in its own way: it does the plain thing where the protocol leaves the original's way open. */
const OWN_WAYS_OF_PYTHON = [
  'authentication/third-wrong-key',
  'authentication/many-seeds',
  'limit/untrusted-frame',
];

interface Certified {
  readonly code: number;
  readonly err: string;
  ids(verdict: string): readonly unknown[];
}

async function certified(address: string, secret: string | null, ...flags: string[]): Promise<Certified> {
  const argv = ['certify', address, '--json', '--timeout', '5000', ...flags];
  return certificateOf(await runCommand(argv, worldWith(secret)), RULES.length);
}

const worldWith = (secret: string | null) => ({
  env: secret === null ? {} : { SOCKET_PROTOCOL_SECRET: secret },
});

function certificateOf({ code, out, err }: Outcome, count: number): Certified {
  const rules = linesOf(out).filter(({ event }) => event === 'rule');
  expect(rules).toHaveLength(count);
  return {
    code,
    err,
    ids: (verdict) => rules.flatMap((rule) => (rule['verdict'] === verdict ? [rule['rule']] : [])),
  };
}

const CODECS = [
  ['pure_json', []],
  ['struct_json', ['--struct']],
] as const;

describe('certify', { timeout: 60_000 }, () => {
  test.each(CODECS)('finds that the Python peer keeps the rules, in %s, with a secret', async (_, flags) => {
    await using peer = await PythonPeer.server('--secret', SECRET, ...flags);
    const certificate = await certified(`127.0.0.1:${peer.port}`, SECRET, ...ALL_ALLOWED, ...flags);
    expect(certificate.ids('differs')).toEqual([]);
    expect(certificate.ids('observed')).toEqual(OWN_WAYS_OF_PYTHON);
    expect(certificate).toMatchObject({ code: 0, err: '' });
  });

  test.each(
    CODECS,
  )('finds that the Python peer keeps the rules, in %s, without a secret', async (_, flags) => {
    await using peer = await PythonPeer.server(...flags);
    const certificate = await certified(`127.0.0.1:${peer.port}`, null, ...flags);
    expect(certificate.ids('differs')).toEqual([]);
    expect(certificate.ids('observed')).toEqual([]);
    expect(certificate).toMatchObject({ code: 0, err: '' });
  });

  test.each(CODECS)('finds that our server keeps the rules, in %s, with a secret', async (codec, flags) => {
    const env = { SOCKET_PROTOCOL_SECRET: SECRET };
    const { running, address } = await startListening(['serve', '--port', '0', ...flags], { env });
    const certificate = await certified(address, SECRET, ...ALL_ALLOWED, ...flags);
    expect(certificate.ids('differs')).toEqual([]);
    expect(certificate.ids('observed')).toEqual([]);
    const ofPureJson = ['message/spacing', 'message/key-order', 'message/defaults', 'message/envelope'];
    expect(certificate.ids('not judged').toSorted()).toEqual(
      [
        'name/another',
        'authentication/no-secret-key',
        'authentication/no-secret-seed',
        ...(codec === 'struct_json' ? ofPureJson : []),
      ].toSorted(),
    );
    expect(certificate).toMatchObject({ code: 0, err: '' });
    await running.interrupt();
  });

  test('finds that our server keeps the rules without a secret, and with one that nobody told us', async () => {
    for (const env of [{}, { SOCKET_PROTOCOL_SECRET: SECRET }]) {
      const { running, address } = await startListening(['serve', '--port', '0', '--channel', 'server'], {
        env,
      });
      const certificate = await certified(address, null, '--channel', 'tester');
      expect(certificate.ids('differs')).toEqual([]);
      expect(certificate.ids('observed')).toEqual([]);
      expect(certificate.ids('holds')).toContain('name/another');
      expect(certificate.code).toBe(0);
      await running.interrupt();
    }
  });
});

/** What the Python client does in its own way; it has no callbacks, so that each request is answered with status 1. */
const OWN_WAYS_OF_PYTHON_CLIENT = [
  'authentication/repeated-seed',
  'authentication/short-seed',
  'dispatch/execute',
  'dispatch/write',
  'limit/untrusted-frame',
];

describe('certify --listen', { timeout: 60_000 }, () => {
  /** Certifies what connects to a port. */
  async function certifiedClient(
    secret: string | null,
    connectTo: (port: number) => AsyncDisposable,
    ...flags: string[]
  ): Promise<Certified> {
    const argv = ['certify', '--listen', '0', '--json', ...flags];
    const { running, port } = await startListening(argv, worldWith(secret));
    await using _client = connectTo(port);
    return certificateOf(await running.outcome(), CLIENT_RULES.length);
  }

  test('finds that the Python client keeps the rules, in pure_json, with a secret', async () => {
    const certificate = await certifiedClient(
      SECRET,
      (port) => PythonPeer.client(port, '--secret', SECRET, '--auto-auth').comesBack(),
      ...ALL_ALLOWED,
    );
    expect(certificate.ids('differs')).toEqual([]);
    expect(certificate.ids('not judged')).toEqual(['order/equal-ids']);
    expect(certificate.ids('observed').toSorted()).toEqual(OWN_WAYS_OF_PYTHON_CLIENT);
    expect(certificate).toMatchObject({ code: 0, err: '' });
  });

  test('finds that the Python client keeps the rules, in struct_json, without a secret', async () => {
    const certificate = await certifiedClient(
      null,
      (port) => PythonPeer.client(port, '--struct').comesBack(),
      '--struct',
    );
    expect(certificate.ids('differs')).toEqual([]);
    expect(certificate.ids('observed')).toEqual([]);
    expect(certificate).toMatchObject({ code: 0, err: '' });
  });
});

/** Which rule needs which server. */
function worldOf({ id, needs = [] }: TalkRule): { secret: string | null; channelName?: string } {
  return {
    secret: needs.includes('guarded peer') ? SECRET : null,
    ...(id === 'name/another' ? { channelName: 'server' } : {}),
  };
}

const painted = RULES.flatMap((rule) => ('steps' in rule && rule.charts !== undefined ? [rule] : []));

describe('a transition that a rule names', { timeout: 20_000 }, () => {
  test.each(
    painted.map((rule) => [rule.id, rule] as const),
  )('is what our server takes: %s', async (_, rule) => {
    const taken = new Set<string>();
    const { secret, ...others } = worldOf(rule);
    await using server = await listen(
      { port: 0, secret, ...others, inspect: (event) => collect(event as InspectionEvent, taken) },
      () => {},
    );
    const subject: Subject = {
      role: 'server',
      ping: PING_OF_SERVERS,
      codec: codecOf({}),
      silence: null,
      distrust: null,
      peerName: null,
      isGuarded: secret !== null,
      turnsAway: true,
      hasSecret: true,
      channel: 'tester',
      dataId: null,
      readMs: 0,
      write: null,
      execute: null,
      allowsAttacks: true,
      timeoutMs: 5_000,
    };
    const settings: ConversationSettings = {
      open: socketLinks({ host: '127.0.0.1', port: server.port }, null),
      clock: systemClock,
      codec: subject.codec,
      secret: Buffer.from(SECRET),
      end: clientEnd(null),
      timeoutMs: subject.timeoutMs,
      settleMs: 40,
      interrupted: new AbortController().signal,
    };
    {
      await using conversation = new Conversation(settings);
      const say = sayTo(subject, Buffer.from(SECRET));
      const record = await conversation.perform(rule.steps(say));
      expect(rule.judge(record, subject, say)).toEqual({ kind: 'holds', text: '' });
    }
    await server.close();
    const named = (rule.charts ?? []).flatMap(({ chart, transitions }) =>
      transitions.map((transition) => `${chart}: ${transition}`),
    );
    expect([...taken]).toEqual(expect.arrayContaining(named));
  });
});

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
