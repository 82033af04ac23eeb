/** A program with buses on NATS, and with clients of NATS that have no bus around them. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { natsBus } from 'socket-protocol/nats';
import { obey, say, shown } from './lines.mjs';

const buses = new Map();
const clients = new Map();
const subscriptions = new Map();
/** How often each request was executed, by what is in it. */
const executed = new Map();
let running = 0;

const bytes = (text) => Buffer.from(text);
const textOf = (data) => Buffer.from(data).toString();
const turn = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function execute(message) {
  const text = textOf(message.data);
  executed.set(text, (executed.get(text) ?? 0) + 1);
  return text;
}

/** What a subscriber does with a message. */
const MODES = {
  echo: (message) => message.respond(bytes(execute(message))),
  count: (message) => void execute(message),
  // answers later, and is awaited by who closes the bus
  async late(message) {
    running++;
    await turn(100);
    message.respond(bytes(execute(message)));
    running--;
  },
};

/** Asks once, and says what became of it. */
async function outcomeOf(bus, subject, text, timeoutMs) {
  try {
    const answer = await bus.request(subject, bytes(text), { timeoutMs });
    return textOf(answer.data) === text ? 'answered' : 'answered by another';
  } catch (error) {
    return `${error.reason} ${error.written ? 'written' : 'not written'}`;
  }
}

let isFlooding = false;

obey({
  async open({ key, options, nkey }) {
    if (nkey !== undefined) options.authenticator = nkeyAuthenticator(Buffer.from(nkey));
    const bus = await natsBus(options);
    buses.set(key, bus);
    bus.onState((state, detail) => say('state', { key, state, detail }));
    return { server: bus.server, maxPayload: bus.maxPayload };
  },
  async subscribe({ key, subject, mode, queue }) {
    const bus = buses.get(key);
    subscriptions.set(`${key} ${subject}`, bus.subscribe(subject, MODES[mode], { queue }));
    await bus.flush();
  },
  /** How many bytes a subscription takes, of ten thousand. */
  async weigh({ key }) {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const heap = () => {
      collect();
      collect();
      return process.memoryUsage().heapUsed;
    };
    const bus = buses.get(key);
    const before = heap();
    const onMessage = () => {};
    const all = Array.from({ length: 10_000 }, (_, i) =>
      bus.subscribe(`sp.${i}.*.*`, onMessage, { queue: 'sp' }),
    );
    await bus.flush();
    const bytes = (heap() - before) / all.length;
    await Promise.all(all.map((each) => each.drain()));
    return bytes;
  },
  drain: ({ key, subject }) => subscriptions.get(`${key} ${subject}`).drain(),
  publish: ({ key, subject, text, size = 0 }) =>
    buses.get(key).publish(subject, size > 0 ? Buffer.alloc(size) : bytes(text)),
  async request({ key, subject, text, timeoutMs, headers }) {
    const answer = await buses.get(key).request(subject, bytes(text), { timeoutMs, headers });
    return { text: textOf(answer.data), headers: answer.headers };
  },
  flush: ({ key }) => buses.get(key).flush(),
  close: ({ key }) => buses.get(key).close(),
  stats: ({ key }) => buses.get(key).stats(),
  state: () => Object.fromEntries([...buses].map(([key, { state, server }]) => [key, { state, server }])),

  /** Asks many times at once, each with a text of its own; what became of each. */
  async ask({ key, subject, from = 0, count, timeoutMs }) {
    const bus = buses.get(key);
    const texts = Array.from({ length: count }, (_, i) => `${from + i}`);
    const ends = await Promise.all(texts.map((text) => outcomeOf(bus, subject, text, timeoutMs)));
    return Object.fromEntries(texts.map((text, i) => [text, ends[i]]));
  },
  /** Asks until it is told to stop, so many at a time. */
  flood({ key, subject, width, timeoutMs, again = false }) {
    const bus = buses.get(key);
    let asked = 0;
    const ends = {};
    isFlooding = true;
    const one = async () => {
      while (isFlooding) {
        const text = `${asked++}`;
        let end = await outcomeOf(bus, subject, text, timeoutMs);
        // nobody got it: asked again, for a quarter of a second
        const untilMs = performance.now() + 250;
        while (again && end === 'bus-no-responders not written' && performance.now() < untilMs)
          end = await outcomeOf(bus, subject, text, timeoutMs);
        ends[text] = end;
        if (asked % 500 === 0) say('asked', { asked });
      }
    };
    Promise.all(Array.from({ length: width }, one)).then(() => say('flooded', { ends }));
  },
  stop: () => {
    isFlooding = false;
  },
  executed: () => Object.fromEntries(executed),
  running: () => running,

  // ── a client without a bus ──

  async bare({ key, servers }) {
    const client = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    clients.set(key, client);
    client.closed().then((error) => say('bare closed', { error: shown(error) }));
    const follow = async () => {
      for await (const { type } of client.status()) say('bare', { type });
    };
    void follow();
  },
  barePublish({ key, subject, count, size = 1 }) {
    for (let i = 0; i < count; i++) clients.get(key).publish(subject, Buffer.alloc(size, `${i}`));
  },
  async bareFlush({ key }) {
    await clients.get(key).flush();
  },
});
