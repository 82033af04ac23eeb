import { expect, test } from 'vitest';
import { StreamReader } from '../../src/cli/recording/stream-reader.js';
import { readTraffic, trafficHeader, trafficLine } from '../../src/cli/recording/traffic.js';
import { pureJson } from '../../src/wire/index.js';

const header = trafficHeader(pureJson, new Date(0));

test('a recording keeps which other protocol a stream is of', () => {
  const lines: string[] = [];
  const reader = new StreamReader(pureJson, (item) =>
    lines.push(trafficLine({ atMs: 1, from: 'client', connection: 1, item })),
  );
  reader.push(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  reader.end();
  const [first] = readTraffic(header + lines.join('')).items;
  expect(first?.item).toMatchObject({ kind: 'noise', reason: 'wrong-protocol', protocol: 'HTTP' });
});

test('an old recording has the name of the other protocol behind the reason', () => {
  const line = '{"ms":1,"from":"client","noise":"wrong-protocol: the stream is TLS","bytes":3}\n';
  const [first] = readTraffic(header + line).items;
  expect(first?.item).toMatchObject({ kind: 'noise', reason: 'wrong-protocol' });
});

test('a recording with an unknown kind of noise is refused', () => {
  const line = '{"ms":1,"from":"client","noise":"bad luck","bytes":3}\n';
  expect(() => readTraffic(header + line)).toThrow(/Line 2 of the recording/);
});
