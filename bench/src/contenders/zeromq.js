/** `zeromq`: dealer and router with JSON and an id map. */

import { Dealer, Router } from 'zeromq';

export async function serve() {
  const router = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0 });
  await router.bind('tcp://127.0.0.1:*');
  (async () => {
    for await (const [peer, text] of router) {
      const { id, data } = JSON.parse(text.toString());
      await router.send([peer, JSON.stringify({ id, data })]);
    }
  })();
  return { port: Number(router.lastEndpoint.split(':').at(-1)) };
}

export async function connect(port) {
  const dealer = new Dealer({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 0 });
  dealer.connect(`tcp://127.0.0.1:${port}`);
  const waiting = new Map();
  let lastId = 0;
  let sending = Promise.resolve();
  (async () => {
    for await (const [text] of dealer) {
      const { id, data } = JSON.parse(text.toString());
      waiting.get(id)(data);
      waiting.delete(id);
    }
  })();
  const echo = (data) =>
    new Promise((settle) => {
      const id = ++lastId;
      waiting.set(id, settle);
      // one send at a time: the socket refuses a second one while it is busy
      sending = sending.then(() => dealer.send(JSON.stringify({ id, data })));
    });
  return { echo, close: () => dealer.close() };
}
