/** One process of a fleet on NATS: a gateway, a worker, a herd of devices, or somebody who asks them. */

import { connect, contract, execute } from 'socket-protocol';
import { devices, gateway, worker } from 'socket-protocol/gateway';
import { natsBus } from 'socket-protocol/nats';
import { obey, say } from './lines.mjs';

const SECRET = 'a secret of more than sixteen bytes';
const COUNT_ID = 1;
const askedByDevices = contract({ count: execute(2) });

/** How often each number was executed by this process. */
const executed = new Map();
/** How requests ended: number -> what became of it. */
const ends = {};
const herd = new Map();
let bus = null;
let here = null;
let fleet = null;
let asked = 0;
let isAsking = false;
let isMoving = false;

const count = (token) => executed.set(token, (executed.get(token) ?? 0) + 1);
const pick = (items) => items[Math.floor(Math.random() * items.length)];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A device connects to one of the ports, and stays until it moves. */
async function arrive(name, ports) {
  const session = await connect({ port: pick(ports), secret: SECRET, channelName: name, reconnect: false });
  session.onExecute(COUNT_ID, ({ token }) => {
    count(token);
    return { token, device: name };
  });
  return session;
}

/** As often as it takes: a gateway may be away. */
async function arriveSomewhere(name, ports) {
  for (;;) {
    try {
      return await arrive(name, ports);
    } catch {
      await pause(50);
    }
  }
}

/** Its connection is gone: it connects again. */
async function stay(name, ports) {
  for (;;) {
    const session = await arriveSomewhere(name, ports);
    herd.set(name, session);
    await new Promise((resolve) => session.on('disconnected', resolve));
    void session.close();
    if (herd.get(name) === session) await pause(20);
    else return;
  }
}

function outcomeOf(error) {
  return { failed: `${error.name} ${error.reason}`, written: error.written ?? null };
}

async function askDevice(token, name) {
  try {
    const answer = await fleet.at(name).execute(COUNT_ID, { token }, { timeout: 4_000 });
    return answer.token === token && answer.device === name ? 'answered' : 'answered by another';
  } catch (error) {
    return outcomeOf(error);
  }
}

async function askWorkers(token, name) {
  const session = herd.get(name);
  try {
    const answer = await session.execute(2, { token }, { timeout: 4_000 });
    return answer.token === token && answer.device === name ? 'answered' : 'answered by another';
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Asks until it is told to stop, so many at a time; each request carries a number of its own. */
async function askOn(prefix, names, width, ask) {
  isAsking = true;
  const one = async () => {
    while (isAsking) {
      const token = `${prefix}${asked++}`;
      ends[token] = await ask(token, pick(names));
      if (asked % 500 === 0) say('asked', { asked });
      // nobody is asked by a program that does nothing else
      if (ends[token] !== 'answered') await pause(20);
    }
  };
  await Promise.all(Array.from({ length: width }, one));
  say('settled');
}

obey({
  open: async ({ servers }) => {
    bus = await natsBus({ servers, waitOnFirstConnect: true });
  },
  gateway: async ({ port }) => {
    here = await gateway({ bus, listen: { port, secret: SECRET } });
    return { port: here.server.port, id: here.id };
  },
  worker: async () => {
    here = await worker(
      { bus, contract: askedByDevices },
      {
        count: ({ token }, { device }) => {
          count(token);
          return { token, device };
        },
      },
    );
  },
  asker: () => {
    fleet = devices(bus);
  },
  herd: ({ names, ports }) => {
    for (const name of names) void stay(name, ports);
  },
  /** Devices go to any gateway, one after the other, some with both connections for a moment. */
  move: async ({ ports }) => {
    isMoving = true;
    while (isMoving) {
      const name = pick([...herd.keys()]);
      const before = herd.get(name);
      if (Math.random() < 0.5) {
        void before.close();
      } else {
        const session = await arrive(name, ports).catch(() => null);
        if (session !== null) {
          await pause(10);
          void session.close();
        }
      }
      await pause(5);
    }
  },
  stopMoving: () => {
    isMoving = false;
  },
  askDevices: ({ prefix, names, width }) => void askOn(prefix, names, width, askDevice),
  askWorkers: ({ prefix, names, width }) => void askOn(prefix, names, width, askWorkers),
  stopAsking: () => {
    isAsking = false;
  },
  /** How each is answered now. */
  reach: async ({ prefix, names }) => {
    const tokens = names.map((name) => [`${prefix}${name}`, name]);
    const found = await Promise.all(tokens.map(([token, name]) => askDevice(token, name)));
    return names.filter((_, i) => found[i] !== 'answered');
  },
  list: async () => (await fleet.list()).map(({ device, gateway: at }) => [device, at]),
  close: () => here.close({ drain: true }),
  state: () => ({ asked, connected: [...herd.values()].filter((session) => session.isTrusted).length }),
  executed: () => Object.fromEntries(executed),
  ends: () => ends,
});
