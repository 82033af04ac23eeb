import { createServer, type Socket } from 'node:net';

/** A TCP server without a session, so that it can do what no session does. */
export async function rawPeer(
  onSocket: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly address: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A TCP server that reads and says nothing; `isAsked` resolves when a request for data has come, in pure_json. */
export async function silentPeer(): Promise<
  AsyncDisposable & { readonly address: string; isAsked(dataId: number): Promise<void> }
> {
  let heard = '';
  let look = (): void => {};
  const peer = await rawPeer((socket) =>
    socket.setEncoding('latin1').on('data', (text) => {
      heard += text;
      look();
    }),
  );
  return {
    ...peer,
    isAsked: (dataId) =>
      new Promise((resolve) => {
        // the framing escapes the colon after the name
        look = () => new RegExp(`"data_id"\\W+${dataId}\\b`).test(heard) && resolve();
        look();
      }),
  };
}
