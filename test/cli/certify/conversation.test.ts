/** A conversation with a peer that does not let it get as far as its rule: it ends in time, and says what was in the way. */

import { describe, expect, test } from 'vitest';
import { Conversation } from '../../../src/cli/certify/conversation.js';
import { clientEnd } from '../../../src/cli/certify/end.js';
import type { OpenLink } from '../../../src/cli/certify/link.js';
import type { Step } from '../../../src/cli/certify/rule.js';
import { codecOf } from '../../../src/cli/codecs.js';
import { encodeStp, pureJson } from '../../../src/wire/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { PONG, peer } from './peers.js';
import { TIMEOUT_MS } from './run-virtually.js';

const CONNECT: Step = { do: 'connect' };
const pong = encodeStp(pureJson.encode(PONG));
const greeting = { received: (handlers: { bytes(chunk: Buffer): void }) => handlers.bytes(pong) };

/** What comes of steps, and how long they took on the clock of the conversation. */
async function outcomeOf(open: OpenLink, steps: readonly Step[]) {
  const clock = new VirtualClock();
  const conversation = new Conversation({
    open,
    clock,
    codec: codecOf({}),
    secret: null,
    end: clientEnd(null),
    timeoutMs: TIMEOUT_MS,
    settleMs: 50,
    interrupted: new AbortController().signal,
  });
  let outcome: unknown;
  let isOver = false;
  const run = conversation
    .perform(steps)
    .then(
      () => 'done',
      (error: Error) => `${error.name}: ${error.message}`,
    )
    .then((text) => {
      outcome = text;
      isOver = true;
    });
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isOver) clock.advance(10);
  }
  await run;
  return { outcome, ms: clock.now(), record: conversation.record };
}

describe('a conversation', () => {
  test('says that a peer hung up before it answered', async () => {
    const { outcome, ms } = await outcomeOf(peer({ received: (handlers) => handlers.ended() }), [CONNECT]);
    expect(outcome).toBe('CannotTalk: the peer hung up before it answered the request for its channel name');
    expect(ms).toBeLessThan(TIMEOUT_MS);
  });

  test('says that a peer did not answer, and in which time', async () => {
    const { outcome } = await outcomeOf(peer({}), [CONNECT]);
    expect(outcome).toBe(
      `CannotTalk: the peer did not answer the request for its channel name within ${TIMEOUT_MS} ms`,
    );
  });

  test('says that a peer sends more than can be read', async () => {
    const noise = encodeStp(Buffer.from('{}'));
    const chunk = Buffer.concat(new Array<Buffer>(1_000).fill(noise));
    const flood = peer({
      opened: (handlers) => {
        for (let count = 0; count < 6; count++) handlers.bytes(chunk);
      },
    });
    const { outcome, record } = await outcomeOf(flood, [CONNECT]);
    expect(outcome).toBe('CannotTalk: the peer sends more than can be read');
    expect(record.length).toBeLessThan(6_000);
  });

  test('says that a connection could not be opened in time, and that one was closed at once', async () => {
    const silent: OpenLink = () => ({ write: () => {}, end: () => {}, destroy: () => {} });
    expect((await outcomeOf(silent, [CONNECT])).outcome).toMatch(/^CannotTalk: .*no connection within/);
    const closing: OpenLink = (handlers) => {
      queueMicrotask(() => handlers.closed(null));
      return { write: () => {}, end: () => {}, destroy: () => {} };
    };
    expect((await outcomeOf(closing, [CONNECT])).outcome).toBe('CannotTalk: the peer hung up at once');
  });

  test('cannot authenticate without a secret', async () => {
    const { outcome } = await outcomeOf(peer(greeting), [CONNECT, { do: 'authenticate' }]);
    expect(outcome).toBe('CannotTalk: needs the secret');
  });

  test('sends pieces one after the other, and hears what comes until then and a moment longer', async () => {
    const came: string[] = [];
    const open = peer({
      received: (handlers, bytes) => {
        const text = Buffer.from(bytes).toString();
        came.push(text);
        if (came.length === 1 || text === 'c') handlers.bytes(pong);
      },
    });
    const pieces = ['a', 'b', 'c'].map((text) => Buffer.from(text));
    const { outcome, record } = await outcomeOf(open, [
      CONNECT,
      { do: 'send', label: 'three', pieces: () => pieces },
      { do: 'hear', until: (since) => since.some(({ kind }) => kind === 'message') },
      { do: 'end' },
    ]);
    expect(outcome).toBe('done');
    expect(came.slice(1)).toEqual(['a', 'b', 'c']);
    expect(record.map(({ kind }) => kind).slice(0, 5)).toEqual([
      'opened',
      'message',
      'sent',
      'message',
      'we ended',
    ]);
  });
});
