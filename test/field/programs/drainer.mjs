/** A program that ends its sessions while requests are under way; it ends by itself when they are all over. */

import { connect, listen } from 'socket-protocol';
import { pause, say, shown } from './lines.mjs';

/** What the test wants, as JSON. */
const { role, port, options, drain, handlerMs, endsAfterRequest } = JSON.parse(process.argv[2]);

/** Closes, and says what came of it, and which timers are left. */
async function end(session, server) {
  const events = [];
  session.on('closed', (report) => events.push(report));
  const report = await session.close(drain);
  await server?.close();
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  say('ended', { report, events, timers });
}

if (role === 'server') {
  const server = await listen({ port: 0, ...options }, (session) => {
    session.onRead(null, async () => {
      if (endsAfterRequest) void end(session, server);
      await pause(handlerMs);
      return 'the answer';
    });
    session.once('disconnected', (reason) => {
      say('disconnected', { reason });
      if (!endsAfterRequest) void server.close();
    });
  });
  say('listening', { port: server.port });
} else {
  const session = await connect({ port, ...options });
  session.on('disconnected', (reason) => say('disconnected', { reason }));
  say('connected');
  if (drain !== undefined) {
    session.read(0).then(
      (data) => say('answer', { data }),
      (error) => say('answer', { error: shown(error) }),
    );
    await end(session);
  }
}
