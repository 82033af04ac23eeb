import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { deriveKey, MAX_CHANNEL_NAME_LENGTH, type SessionOptions } from '../../src/index.js';
import { frameOf, raw, read, repeated, sealed, textOf } from '../support/bytes.js';
import { Pair, watch } from '../support/pair.js';
import { RecordedLog } from '../support/recorded-log.js';
import { SECRET, SocketPuppet } from '../support/socket-puppet.js';

/** What must not reach a log raw: controls, line separators, lone surrogates, marks that turn text around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const BAD_FRAME = raw(':<abcdefgh:>');
const NASTY = '\\n2025-01-01 ERROR forged\\r\\u001b[31m\\u0000\\u0007\\u2028\\u202e\\ud800';

function logged(options: SessionOptions = {}): [SocketPuppet, RecordedLog] {
  const log = new RecordedLog();
  return [new SocketPuppet('server', { secret: SECRET, logger: log.logger, ...options }), log];
}

describe('F18: a name or a text that would forge the log', () => {
  test('F18: as the name of the channel is cleaned, cut, marked as unverified, and taken once', async () => {
    const [puppet, log] = logged({ channelName: 'ours' });
    await puppet.sends(read({ service_id: '8', data: `"theirs${NASTY}${'x'.repeat(500)}"` }));
    await puppet.sends(frameOf(8, 0, 'second'));

    const name = puppet.session.channelName ?? '';
    expect(name.startsWith('theirs2025-01-01 ERROR forged[31mx')).toBe(true);
    expect(name).toHaveLength(MAX_CHANNEL_NAME_LENGTH);
    expect(puppet.dropped).toEqual({ 'second-name': 1 });
    expect(log.warnings).toContainEqual(
      expect.stringMatching(/overwriting the channel name: ours by the peer's theirs.*\(unverified\)$/),
    );
    expect(log.lines.at(-1)?.startsWith(`tcp_socket.${name}: `)).toBe(true);
  });

  test.each([
    ['data before trust', read({ data: `"${NASTY}"` })],
    ['a key of an object', read({ data: `{"${NASTY}": "${NASTY}"}` })],
    ['a name', read({ service_id: '8', data: `"${NASTY}"` })],
    ['a key of an authentication', read({ service_id: '0', data_id: '1', data: `"${NASTY}"` })],
    ['a service that nobody knows', read({ service_id: '77', data: `"${NASTY}"` })],
    ['text that is no JSON', sealed(`{"${NASTY}\n": `)],
    ['a field of the wrong type', sealed(textOf({ status: `"${NASTY}"` }))],
    ['noise', raw(`x\nERROR forged\n`)],
  ])('F18: in %s starts no line and reaches none raw', async (_, bytes) => {
    const [puppet, log] = logged();
    await puppet.sends(bytes);
    await puppet.passes(1_000);
    expect(log.lines.length).toBeGreaterThan(1);
    expect(log.lines.filter((line) => UNPRINTABLE.test(line))).toEqual([]);
  });

  test('F18: is not shown again in the reason of a drop', async () => {
    const [puppet] = logged();
    const details: string[] = [];
    puppet.session.on('dropped', ({ detail }) => details.push(detail));
    await puppet.sends(
      Buffer.concat([sealed(textOf({ status: `"${NASTY}"` })), read({ data: `"${NASTY}"` })]),
    );
    expect(details).toHaveLength(2);
    expect(details.filter((detail) => UNPRINTABLE.test(detail))).toEqual([]);
  });

  test('F18: as the name that a server answers with is cleaned by the client as well', async () => {
    const puppet = new SocketPuppet('client');
    await puppet.sends(read({ service_id: '9', data: `"theirs${NASTY}"` }));
    expect(puppet.session.channelName).toBe('theirs2025-01-01 ERROR forged[31m');
  });
});

describe('F19: a flood of bad frames', () => {
  const endless = { maxUntrustedBadFrames: Number.POSITIVE_INFINITY };

  test('F19: is logged with 10 lines a second; the others are counted, and the next line says so', async () => {
    const [puppet, log] = logged(endless);
    await puppet.sends(repeated(1_000, BAD_FRAME));
    expect([log.drops.length, puppet.dropped.checksum, puppet.session.counters.suppressedLogLines]).toEqual([
      10, 1_000, 990,
    ]);

    await puppet.passes(1_000);
    await puppet.sends(repeated(3, BAD_FRAME));
    expect(log.drops[10]).toMatch(/\(990 such lines were left out before it\)$/);
    expect(log.drops.slice(11).filter((line) => line.includes('left out'))).toEqual([]);
    expect(log.drops).toHaveLength(13);
  });

  test('F19: of every kind shares the ten lines, while every drop is announced', async () => {
    const [puppet, log] = logged(endless);
    let events = 0;
    puppet.session.on('dropped', () => events++);
    await puppet.sends(
      Buffer.concat([repeated(9, raw(':<:>')), repeated(9, BAD_FRAME), repeated(9, sealed('nonsense'))]),
    );
    expect([log.drops.length, events]).toEqual([10, 27]);
  });

  test('F19: on one connection takes no lines from another', async () => {
    const log = new RecordedLog();
    for (let n = 0; n < 3; n++) {
      const puppet = new SocketPuppet('server', { logger: log.logger });
      await puppet.sends(repeated(20, BAD_FRAME));
    }
    expect(log.drops).toHaveLength(30);
  });
});

describe('a flood of good frames before trust', () => {
  const REQUEST = frameOf(10, 7, 'x'.repeat(100));

  test('is logged with 20 messages a second; the others are counted, and the next line says so', async () => {
    const [puppet, log] = logged();
    await puppet.sends(repeated(500, REQUEST));
    const received = (): string[] => log.lines.filter((line) => line.includes('prot-server: RX <-'));
    expect(received().length).toBeLessThanOrEqual(20);
    const messages = log.lines.filter((line) => /prot-server: (?:RX <-|TX ->)/.test(line)).length;
    expect(messages).toBe(20);
    expect(puppet.session.counters.suppressedLogLines).toBeGreaterThan(900);

    await puppet.passes(1_000);
    await puppet.sends(REQUEST);
    expect(received().at(-1)).toMatch(/\(\d+ messages before trust were left out before it\)$/);
  });

  test('is logged in full where no secret is set, for then everybody is trusted', async () => {
    const log = new RecordedLog();
    const puppet = new SocketPuppet('server', { logger: log.logger, bufferUnhandled: false });
    await puppet.sends(repeated(50, REQUEST));
    expect(log.lines.filter((line) => line.includes('prot-server: RX <-'))).toHaveLength(50);
  });
});

describe('F20: the secret', () => {
  test('F20: is in no log, inspector, snapshot, event or error, and neither is a seed or a key', async () => {
    const log = new RecordedLog();
    const seen: string[] = [];
    const pair = new Pair({
      both: { secret: SECRET, logger: log.logger, inspect: (event) => seen.push(...shownBy(event)) },
    });
    const wire: string[] = [];
    for (const [comm, session] of [
      [pair.clientComm, pair.client],
      [pair.serverComm, pair.server],
    ] as const) {
      eavesdrop(comm, wire);
      for (const event of ['message', 'dropped', 'disconnected', 'authenticationFailed'] as const) {
        session.on(event, (...args: unknown[]) => seen.push(inspect(args, { depth: 6 })));
      }
    }
    await pair.settle();
    expect([pair.client.isTrusted, pair.server.isTrusted]).toEqual([true, true]);
    seen.push(...(await provoke(pair)).map((error) => inspect(error)), inspect(pair.server, { depth: 6 }));

    const secrets = [...new Set(wire.flatMap((text) => text.match(/[0-9a-f]{64,128}/g) ?? [])), SECRET];
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    expect(seen.length).toBeGreaterThan(50);
    expect(log.lines.filter((line) => line.includes('***')).length).toBeGreaterThan(4);
    const all = [...log.lines, ...seen].join('\n');
    for (const secret of secrets) {
      const hex = Buffer.from(secret).toString('hex');
      const forms = [secret, hex, hex.replace(/../g, '$& ').trim(), Buffer.from(secret).toString('base64')];
      expect(forms.filter((form) => all.includes(form))).toEqual([]);
    }
  });
});

/** All that an inspector of XState can get hold of. */
function shownBy(event: object): string[] {
  const {
    type,
    event: sent,
    snapshot,
    actorRef,
  } = event as {
    type: string;
    event?: object;
    snapshot?: { value?: unknown; context?: object };
    actorRef?: { getPersistedSnapshot(): unknown };
  };
  const persisted = type === '@xstate.snapshot' ? [JSON.stringify(actorRef?.getPersistedSnapshot())] : [];
  return [inspect([type, sent, snapshot?.value, snapshot?.context], { depth: 6 }), ...persisted];
}

/** Everything that goes wrong with seeds and keys: wrong, corrupt, under other ids, in other fields and states. */
async function provoke(pair: Pair): Promise<unknown[]> {
  const key = deriveKey('0'.repeat(64), Buffer.from(SECRET));
  const corrupt = frameOf(0, 1, key);
  corrupt.write('f', corrupt.length - 20, 'latin1');
  for (const bytes of [
    ...[frameOf(0, 7, key), frameOf(0, 0, key), frameOf(0, 1, key), frameOf(0, 1, [key]), corrupt],
    ...[sealed(textOf({ service_id: '0', data_id: '1', status: `"${key}"` })), sealed(`"${key}`)],
  ]) {
    pair.clientComm.sendRaw(bytes);
    await pair.clock.advanceAsync(500);
  }
  pair.serverComm.sendRaw(frameOf(1, 0, key.slice(0, 64)));
  pair.serverComm.sendRaw(frameOf(1, 9, key));
  await pair.settle();
  const requests = [watch(pair.client.read(0)), watch(pair.client.request(0, 5))];
  await pair.settle();
  pair.clientComm.cut();
  await pair.settle();
  return requests.map(({ error }) => error);
}

/** Collects what a comm sends, as text. */
function eavesdrop(comm: Pair['clientComm'], wire: string[]): void {
  const sendRaw = comm.sendRaw.bind(comm);
  comm.sendRaw = (bytes) => {
    wire.push(bytes.toString('latin1'));
    sendRaw(bytes);
  };
}
