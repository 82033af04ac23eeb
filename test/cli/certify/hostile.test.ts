/** Peers that are silent, chatter, are slow, hang up, or are something else: a run ends in time, and says what they are. */

import { describe, expect, test } from 'vitest';
import type { OpenLink } from '../../../src/cli/certify/link.js';
import { RULES } from '../../../src/cli/certify/rules/index.js';
import { AuthenticationError, Message } from '../../../src/index.js';
import { createStructJson, encodeStp, pureJson } from '../../../src/wire/index.js';
import { PONG, peer } from './peers.js';
import { PlainServer } from './plain-server.js';
import { certifyVirtually, idsOf, TIMEOUT_MS, verdictOn } from './run-virtually.js';

const SECRET = '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f';

/** A sound server without a secret that gets nothing of a service. */
function silentAbout(serviceId: number): OpenLink {
  const server = new PlainServer(null);
  return (handlers) => {
    const link = server.open(handlers);
    const write = (bytes: Uint8Array): void => {
      if (!Buffer.from(bytes).includes(`"service_id":= ${serviceId},`)) link.write(bytes);
    };
    return { ...link, write };
  };
}

describe('a peer that', () => {
  test('sends nothing but broken frames differs in that, and in no answer is anything right', async () => {
    const outcome = await certifyVirtually(
      peer({ opened: (handlers) => handlers.bytes(encodeStp(Buffer.from('{"data_id": 0}abcd'))) }),
    );
    expect(verdictOn(outcome, 'message/sent')).toMatchObject({ kind: 'differs' });
    expect(verdictOn(outcome, 'status/known')).toEqual({ kind: 'not judged', text: 'no message came' });
  });

  test('says nothing differs in that, and nothing else is judged', async () => {
    const outcome = await certifyVirtually(peer({}));
    expect(idsOf(outcome.results, 'differs')).toEqual(['name/answered']);
    expect(verdictOn(outcome, 'name/answered').text).toBe('the peer does not answer within 1000 ms');
    expect(idsOf(outcome.results, 'not judged')).toHaveLength(RULES.length - 1);
    expect(verdictOn(outcome, 'framing/cut').text).toBe('the peer does not answer within 1000 ms');
    for (const id of ['message/sent', 'status/known']) expect(verdictOn(outcome, id).kind).toBe('not judged');
    // the survey, the other codec, the one rule that is tried
    expect(outcome.ms).toBeLessThan(5 * TIMEOUT_MS);
    expect(outcome.timers).toBe(0);
  });

  test('answers in the other codec is told to be asked in it', async () => {
    const struct = createStructJson();
    const open = peer({
      received: (handlers, bytes) => {
        const payload = Buffer.from(bytes.subarray(2, -2));
        try {
          struct.decode(payload);
        } catch {
          return;
        }
        handlers.bytes(encodeStp(struct.encode(PONG)));
      },
    });
    const outcome = await certifyVirtually(open);
    expect(verdictOn(outcome, 'name/answered')).toEqual({
      kind: 'differs',
      text: 'the peer does not answer in pure_json, and it does in struct_json: run this with --struct',
    });
  });

  test('only prints to the line is told to do so', async () => {
    const outcome = await certifyVirtually(
      peer({ opened: (handlers) => handlers.bytes(Buffer.from('boot v1.2\u001b[31m ok\r\n')) }),
    );
    expect(idsOf(outcome.results, 'differs')).toEqual(['framing/nothing-else', 'name/answered']);
    expect(verdictOn(outcome, 'name/answered').text).toBe(
      'the peer does not answer within 1000 ms; what it sends cannot be read',
    );
    expect(verdictOn(outcome, 'framing/nothing-else').text).toBe(
      String.raw`sent 38 bytes outside of frames, such as "boot v1.2\u001b[31m ok\r\n"`,
    );
  });

  test('speaks something else is called what it is', async () => {
    const outcome = await certifyVirtually(
      peer({
        received: (handlers) => {
          handlers.bytes(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
          handlers.ended();
        },
      }),
    );
    expect(verdictOn(outcome, 'name/answered').text).toBe('the peer speaks HTTP');
    expect(verdictOn(outcome, 'framing/nothing-else').text).toContain('such as "HTTP/1.1 400 Bad Request');
  });

  test('hangs up at once is told to do so', async () => {
    const outcome = await certifyVirtually(peer({ opened: (handlers) => handlers.ended() }));
    expect(verdictOn(outcome, 'name/answered').text).toBe('the peer hung up without an answer');
    expect(outcome.ms).toBeLessThan(TIMEOUT_MS);
  });

  test('chatters without an end is not listened to without an end', async () => {
    const chatter = Buffer.concat(new Array<Buffer>(100).fill(encodeStp(pureJson.encode(PONG))));
    let chunks = 0;
    const outcome = await certifyVirtually(
      peer({
        opened: (handlers) => {
          for (let n = 0; n < 1_000; n++) {
            chunks++;
            handlers.bytes(chatter);
          }
        },
      }),
      { rules: RULES.filter(({ id }) => id.startsWith('name/') || id.startsWith('framing/')) },
    );
    expect(chunks).toBeGreaterThanOrEqual(1_000);
    expect(idsOf(outcome.results, 'not judged')).toContain('framing/whole');
    expect(verdictOn(outcome, 'framing/whole').text).toMatch(/^the peer sends more than can be read/);
  });

  test('answers a byte at a time, too slowly, is waited for no longer than one that is silent', async () => {
    let timer: NodeJS.Immediate | undefined;
    const pong = encodeStp(pureJson.encode(PONG));
    const outcome = await certifyVirtually(
      peer({
        opened: (handlers) => {
          let at = 0;
          const drip = (): void => {
            handlers.bytes(pong.subarray(at, ++at));
            // never the last: there is always more to come
            if (at < pong.length - 1) timer = setImmediate(drip);
          };
          drip();
        },
      }),
    );
    clearImmediate(timer);
    expect(idsOf(outcome.results, 'differs')).toEqual(['name/answered']);
    expect(outcome.ms).toBeLessThan(5 * TIMEOUT_MS);
  });

  test('sends messages of its own all the time, and reads slowly, keeps the protocol', async () => {
    const server = new PlainServer(null);
    const own = encodeStp(pureJson.encode(new Message({ serviceId: 20, dataId: 5, data: 21.5 })));
    let isOver = false;
    const open: OpenLink = (handlers) => {
      const waiting: { readonly bytes: Buffer; turns: number }[] = [];
      let isGone = false;
      const turn = (): void => {
        if (isGone || isOver) return;
        handlers.bytes(own);
        for (const each of waiting) each.turns--;
        for (const { bytes, turns } of waiting) if (turns === 0) handlers.bytes(bytes);
        setImmediate(turn);
      };
      const link = server.open({
        ...handlers,
        opened: () => {
          handlers.opened();
          setImmediate(turn);
        },
        bytes: (bytes) => void waiting.push({ bytes, turns: bytes.includes('"service_id":= 11') ? 40 : 1 }),
        closed: (error) => {
          isGone = true;
          handlers.closed(error);
        },
      });
      const destroy = (): void => {
        isGone = true;
        link.destroy();
      };
      return { ...link, destroy };
    };
    const outcome = await certifyVirtually(open, { rules: RULES.filter(({ id }) => !/^limit\//.test(id)) });
    isOver = true;
    expect(idsOf(outcome.results, 'differs')).toEqual([]);
    expect(outcome.results.filter(({ verdict }) => verdict.kind === 'holds').length).toBeGreaterThan(25);
  });

  test('answers one request after the other, each in time, keeps the protocol however many wait', async () => {
    const server = new PlainServer(null);
    const open: OpenLink = (handlers) => {
      const waiting: Buffer[] = [];
      let turns = 0;
      // 40 turns are 800 ms of the clock
      const turn = (): void => {
        if (waiting.length > 0 && ++turns % 40 === 0) handlers.bytes(waiting.shift() as Buffer);
        if (waiting.length > 0) setImmediate(turn);
      };
      const slowly = (bytes: Buffer): void => {
        if (waiting.push(bytes) === 1) setImmediate(turn);
      };
      return server.open({ ...handlers, bytes: slowly });
    };
    const rules = RULES.filter(({ id }) => /^(?:dispatch|order|status)\//.test(id));
    const outcome = await certifyVirtually(open, { rules });
    expect(idsOf(outcome.results, 'differs')).toEqual([]);
    expect(verdictOn(outcome, 'order/every-answer').kind).toBe('holds');
    expect(outcome.ms).toBeLessThan(70 * TIMEOUT_MS);
  });

  test('hangs up after each answer is told that, and not that it has no secret', async () => {
    const server = new PlainServer(SECRET);
    const open: OpenLink = (handlers) => {
      let count = 0;
      const link = server.open({
        ...handlers,
        bytes: (bytes) => {
          handlers.bytes(bytes);
          // a handshake is finished, and what comes after it is answered once
          if (!bytes.includes('"service_id":= 1,') && ++count === 2) handlers.ended();
        },
      });
      return link;
    };
    const rules = RULES.filter(({ id }) => id.startsWith('name/') || id === 'framing/whole');
    const outcome = await certifyVirtually(open, { secret: SECRET, rules });
    expect(verdictOn(outcome, 'framing/whole')).toEqual({ kind: 'differs', text: 'answered, and hung up' });
  });

  test('goes away in the middle is not asked for ever', async () => {
    const server = new PlainServer(null);
    let connections = 0;
    const open: OpenLink = (handlers) => {
      if (++connections > 6) server.isBroken = true;
      return server.open(handlers);
    };
    const outcome = await certifyVirtually(open);
    expect(idsOf(outcome.results, 'differs')).toEqual([]);
    const talked = outcome.results.filter(({ rule }) => 'steps' in rule);
    const last = talked.findLast(({ verdict }) => verdict.kind === 'holds')?.rule.id;
    expect(verdictOn(outcome, 'dispatch/ids').text).toBe(`the peer does not answer any more (after ${last})`);
    expect(outcome.ms).toBeLessThan(10 * TIMEOUT_MS);
  });

  test('cannot be reached is an error, at once', async () => {
    const server = new PlainServer(null);
    server.isBroken = true;
    await expect(certifyVirtually(server.open)).rejects.toThrow('connection refused');
  });

  test('has another secret, or none, is an error before any rule', async () => {
    const wrong = certifyVirtually(new PlainServer('another').open, { secret: SECRET });
    await expect(wrong).rejects.toThrow(AuthenticationError);
    await expect(wrong).rejects.toMatchObject({ reason: 'wrong-secret' });
    const none = certifyVirtually(new PlainServer(null).open, { secret: SECRET });
    await expect(none).rejects.toMatchObject({ reason: 'peer-has-no-secret' });
    const silent = certifyVirtually(silentAbout(0), { secret: SECRET });
    await expect(silent).rejects.toMatchObject({ reason: 'no-answer' });
  });
});

test('an interruption of the first look says nothing about the peer', async () => {
  const interruption = new AbortController();
  const open = peer({ received: () => interruption.abort(new Error('interrupted')) });
  let looked = false;
  const outcome = certifyVirtually(open, {
    interrupted: interruption.signal,
    surveyed: () => {
      looked = true;
    },
  });
  await expect(outcome).rejects.toThrow('interrupted');
  expect(looked).toBe(false);
});

test('an interruption ends a run', async () => {
  const interruption = new AbortController();
  const server = new PlainServer(null);
  let connections = 0;
  const open: OpenLink = (handlers) => {
    if (++connections === 5) interruption.abort(new Error('interrupted'));
    return server.open(handlers);
  };
  await expect(certifyVirtually(open, { interrupted: interruption.signal })).rejects.toThrow('interrupted');
  expect(connections).toBe(5);
});
