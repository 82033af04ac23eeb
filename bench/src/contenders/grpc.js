/** `@grpc/grpc-js`, unary calls; strings travel as they are, which costs less than protobuf would. */

import grpc from '@grpc/grpc-js';

export const name = 'grpc-js';
export const kind = 'peer';

const service = {
  echo: {
    path: '/bench/echo',
    requestStream: false,
    responseStream: false,
    requestSerialize: (text) => Buffer.from(text),
    requestDeserialize: (bytes) => bytes.toString(),
    responseSerialize: (text) => Buffer.from(text),
    responseDeserialize: (bytes) => bytes.toString(),
  },
};
const Client = grpc.makeGenericClientConstructor(service, 'bench');

export function serve() {
  return new Promise((resolve, reject) => {
    const server = new grpc.Server();
    server.addService(service, { echo: (call, callback) => callback(null, call.request) });
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve({ port }),
    );
  });
}

export function connect(port) {
  return new Promise((resolve, reject) => {
    // channels to one address share a connection unless each has a pool of its own
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    const echo = (data) =>
      new Promise((settle, fail) =>
        client.echo(data, (error, answer) => (error ? fail(error) : settle(answer))),
      );
    client.waitForReady(Date.now() + 10_000, (error) =>
      error ? reject(error) : resolve({ echo, close: () => client.close() }),
    );
  });
}
