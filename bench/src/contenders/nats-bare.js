/** A request of NATS, with the client library that gateways use: somebody subscribes and answers with what came. */

import { connect as open } from '@nats-io/transport-node';

const SUBJECT = 'bench.echo';
const TIMEOUT_MS = 30_000;

export async function serve(port) {
  const nats = await open({ port });
  nats.subscribe(SUBJECT, { callback: (_error, message) => void message.respond(message.data) });
  await nats.flush();
  return { port };
}

/** Asks at a subject: the data is the part `data` of an object, both ways. */
export async function askAt(subject, port) {
  const nats = await open({ port });
  return {
    echo: async (data) => {
      const answer = await nats.request(subject, JSON.stringify({ data }), { timeout: TIMEOUT_MS });
      return JSON.parse(answer.string()).data;
    },
    close: () => nats.close(),
  };
}

export const connect = (port) => askAt(SUBJECT, port);
