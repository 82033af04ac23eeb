import type { NatsConnection } from '@nats-io/transport-node';
import { describe, expect, test } from 'vitest';
import { NatsLink } from '../../../src/bus/nats/link.js';

const DATA = Buffer.from('{}');

/** A link, and the headers that it has published, as they are written. */
function linkWith() {
  const written: string[] = [];
  const publish = (_subject: string, _data: Uint8Array, options: { headers?: { encode(): Uint8Array } }) =>
    written.push(options.headers === undefined ? 'none' : Buffer.from(options.headers.encode()).toString());
  return { written, link: new NatsLink({ publish } as unknown as NatsConnection, 'a server') };
}

test('knows the servers of its cluster by the last word of its own, also when it is over', async () => {
  const client = {
    info: { connect_urls: ['one:1'] } as { connect_urls?: string[] } | undefined,
    closed: () => new Promise<void>(() => {}),
    async *status() {
      yield { type: 'update' };
      client.info = { connect_urls: ['two:2'] };
      yield { type: 'update' };
      client.info = undefined;
      yield { type: 'update' };
    },
  };
  const link = new NatsLink(client as unknown as NatsConnection, 'a server');
  const known: (readonly string[])[] = [];
  await new Promise<void>((resolve) => {
    link.begin({
      lost: () => {},
      lameDuck: () => {},
      violated: () => {},
      clusterChanged: ({ knownServers }) => {
        if (known.push(knownServers) === 3) resolve();
      },
    });
  });
  expect(known).toEqual([['one:1'], ['two:2'], ['two:2']]);
});

describe('headers on their way to NATS', () => {
  test('are written as they are at that moment', () => {
    const { link, written } = linkWith();
    const headers = { 'Sp-Status': '0' };
    link.publish('a', DATA, undefined, headers);
    headers['Sp-Status'] = '1';
    link.publish('a', DATA, undefined, headers);
    expect(written).toEqual(['NATS/1.0\r\nSp-Status: 0\r\n\r\n', 'NATS/1.0\r\nSp-Status: 1\r\n\r\n']);
  });

  test('are written alike each time where nobody can change them', () => {
    const { link, written } = linkWith();
    const headers = Object.freeze({ 'Sp-Status': '0', 'Sp-Gateway': 'g' });
    for (let n = 0; n < 3; n++) link.publish('a', DATA, 'reply', headers);
    expect(new Set(written)).toEqual(new Set(['NATS/1.0\r\nSp-Status: 0\r\nSp-Gateway: g\r\n\r\n']));
    link.publish('a', DATA, undefined, Object.freeze({ 'Sp-Status': '2' }));
    expect(written.at(-1)).toBe('NATS/1.0\r\nSp-Status: 2\r\n\r\n');
  });

  test('may be called whatever a stranger calls them', () => {
    const { link, written } = linkWith();
    link.publish('a', DATA, undefined, Object.fromEntries([['__proto__', 'x']]));
    expect(written).toEqual(['NATS/1.0\r\n__proto__: x\r\n\r\n']);
  });

  test('are none where there are none', () => {
    const { link, written } = linkWith();
    link.publish('a', DATA, undefined, undefined);
    link.publish('a', DATA, undefined, {});
    link.publish('a', DATA, undefined, Object.freeze({}));
    expect(written).toEqual(['none', 'none', 'none']);
  });
});
