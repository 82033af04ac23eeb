/** `@grpc/grpc-js`, unary calls; strings travel as they are, which costs less than protobuf would, and all else as JSON. */

import grpc from '@grpc/grpc-js';

/** A method whose requests and answers are written and read in the same way. */
const method = (path, serialize, deserialize) => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
});
const service = {
  echo: method(
    '/bench/echo',
    (text) => Buffer.from(text),
    (bytes) => bytes.toString(),
  ),
  echoJson: method(
    '/bench/echo-json',
    (data) => Buffer.from(JSON.stringify(data)),
    (bytes) => JSON.parse(bytes.toString()),
  ),
};
const Client = grpc.makeGenericClientConstructor(service, 'bench');

export function serve() {
  const echo = (call, callback) => callback(null, call.request);
  return new Promise((resolve, reject) => {
    const server = new grpc.Server();
    server.addService(service, { echo, echoJson: echo });
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
        client[typeof data === 'string' ? 'echo' : 'echoJson'](data, (error, answer) =>
          error ? fail(error) : settle(answer),
        ),
      );
    client.waitForReady(Date.now() + 10_000, (error) =>
      error ? reject(error) : resolve({ echo, close: () => client.close() }),
    );
  });
}
