/** Uses all doors of the package in one program: prints whether they share what they have in common, and a stack. */

import { connect, createMemoryPair, listen, OptionError, Session, TimeoutError } from 'socket-protocol';
import { InspectorHub, openInspector } from 'socket-protocol/inspector';
import { sessionMachine } from 'socket-protocol/machines';
import { createPureJson } from 'socket-protocol/wire';
import { say } from './lines.mjs';

function thrownBy(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
}

say('errors', {
  wire: thrownBy(() => createPureJson({ maxDepth: -1 })) instanceof OptionError,
  main: thrownBy(() => createMemoryPair({ latency: -1 })) instanceof OptionError,
  inspector: (await openInspector({ maxHistory: -1 }).catch((error) => error)) instanceof OptionError,
});

const inspector = await openInspector();
const server = await listen({ port: 0 }, (session) => {
  session.onRead(0, () => new Promise(() => {}));
});
let machine = null;
const watched = inspector.watch('pump');
const session = await connect({
  port: server.port,
  ...watched,
  inspect: (event) => {
    if (event.type === '@xstate.actor' && event.actorRef.id === 'session') machine = event.actorRef.logic;
    watched.inspect(event);
  },
});
say('shared', {
  session: session instanceof Session,
  hub: inspector.hub instanceof InspectorHub,
  machine: machine?.config === sessionMachine.config,
});
const timeOut = await session.read(0, { timeout: 10 }).catch((thrown) => thrown);
const refusal = thrownBy(() => createPureJson({ maxDepth: -1 }));
say('stacks', { isTimeOut: timeOut instanceof TimeoutError, timeOut: timeOut.stack, refusal: refusal.stack });
await session.close();
await server.close();
await inspector.close();
