/** Our own sessions, as users get them. */

import { listen, connect as open } from '../../../dist/src/index.js';

const ECHO = 0;

/** A contender whose two sides have these options in common. */
export function ours(options) {
  return {
    serve: () =>
      listen({ port: 0, maxConnections: 20_000, ...options }, (session) =>
        session.onExecute(ECHO, (data) => data),
      ),
    connect: async (port) => {
      const session = await open({ port, ...options });
      return {
        echo: (data) => session.execute(ECHO, data),
        close: () => session.close(),
      };
    },
  };
}

export const SECRET = 'a secret of the benchmark';
