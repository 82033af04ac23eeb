/** A server of one peer at a time, the original's way, with as many or as few ears as the test asks for. */

import { PureJsonProtocol, TcpServerStp } from 'socket-protocol';
import { obey, say, shown } from './lines.mjs';

obey({
  open: ({ port, isListening, isLogging }) => {
    const line = (text) => say('logged', { text });
    const logger = { debug: line, info: line, warn: line, error: line };
    const session = new PureJsonProtocol(new TcpServerStp({ port }), isLogging ? { logger } : {});
    if (!isListening) return;
    for (const event of ['connectFailed', 'abandoned'])
      session.on(event, (...args) => say(event, { args: args.map(shown) }));
  },
});
