/** The process with the server of the stages. */

import { listen } from '../../../src/index.js';
import { answerQuestions } from '../resources/child-process.js';
import { ActingPeer, PATIENT_MS } from './acting-peer.js';
import type { FlowQuestions } from './flow-questions.js';

let peer: ActingPeer | null = null;

function connected(): ActingPeer {
  if (peer === null) throw new Error('expected a client that is connected');
  return peer;
}

answerQuestions<FlowQuestions>({
  listen: async () => {
    peer = null;
    const server = await listen({ port: 0, requestTimeout: PATIENT_MS }, (session) => {
      peer = new ActingPeer(session);
    });
    return server.port;
  },
  act: (act) => connected().act(act),
  state: ({ awaits }) => connected().state(awaits),
});
