import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { onread, readFrugally } from '../../src/transport/frugal-reads.js';
import { openSocket } from '../../src/transport/open-socket.js';
import { FakeSocket, turns } from '../support/fake-socket.js';

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Two ends of a connection that both read frugally. */
async function frugalPair(): Promise<{ client: Socket; accepted: Socket }> {
  const server = createServer();
  const listening = once(server.listen(0, '127.0.0.1'), 'listening');
  await listening;
  const { port } = server.address() as { port: number };
  const connection = once(server, 'connection').then(([socket]: Socket[]) => {
    readFrugally(socket as Socket);
    return socket as Socket;
  });
  const client = openSocket({ host: '127.0.0.1', port, addressTimeoutMs: 1_000, onread });
  await once(client, 'connect');
  const accepted = await connection;
  server.close();
  sockets.push(client, accepted);
  return { client, accepted };
}

describe.each([
  ['a client', ({ client, accepted }: { client: Socket; accepted: Socket }) => [client, accepted] as const],
  ['a server', ({ client, accepted }: { client: Socket; accepted: Socket }) => [accepted, client] as const],
])('the socket of %s that reads frugally', (_, ends) => {
  test('has its chunks in the one buffer', async () => {
    const [reader, writer] = ends(await frugalPair());
    writer.write('a chunk');
    const [chunk] = (await once(reader, 'data')) as [Buffer];
    expect(chunk.buffer).toBe(onread.buffer.buffer);
    expect(chunk.toString()).toBe('a chunk');
  });

  test('brings everything, in order, and then the end', async () => {
    const [reader, writer] = ends(await frugalPair());
    const sent = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));
    const received: Buffer[] = [];
    reader.on('data', (chunk: Buffer) => received.push(Buffer.from(chunk)));
    writer.end(sent);
    await once(reader, 'end');
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  test('gets nothing while it is paused, and all of it afterwards', async () => {
    const [reader, writer] = ends(await frugalPair());
    const received: string[] = [];
    reader.on('data', (chunk: Buffer) => {
      received.push(chunk.toString());
      reader.pause();
    });
    writer.write('one');
    await once(reader, 'data');
    await new Promise((written) => writer.write('two', written));
    await turns();
    expect(received).toEqual(['one']);
    const next = once(reader, 'data');
    reader.resume();
    await next;
    expect(received).toEqual(['one', 'two']);
  });
});

describe('a socket that is asked to read frugally', () => {
  test('stays as it is where it has no handle of the system', async () => {
    const socket = new FakeSocket();
    readFrugally(socket);
    const data = once(socket, 'data');
    socket.arrive(Buffer.from('a chunk'));
    expect(((await data) as [Buffer])[0].toString()).toBe('a chunk');
  });

  test('stays as it is where something was read already', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const accepting = once(server, 'connection') as Promise<[Socket]>;
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    const [accepted] = await accepting;
    server.close();
    sockets.push(client, accepted);
    client.write('early, ');
    await once(accepted, 'readable');
    readFrugally(accepted);
    const received: Buffer[] = [];
    accepted.on('data', (chunk: Buffer) => received.push(chunk));
    client.end('late');
    await once(accepted, 'end');
    expect(Buffer.concat(received).toString()).toBe('early, late');
  });
});
