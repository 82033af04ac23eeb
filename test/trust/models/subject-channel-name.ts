/** The channel-name machine in both roles, with and without a name of its own, driven by the bytes of a puppet. */

import { channelNameMachine } from '../../../machines/index.js';
import { CHANNEL_NAME_PEER_EVENTS } from '../../support/peer-events.js';
import { Bench, type Effect } from './bench.js';
import type { ModelEvent, ModelState } from './model.js';
import type { Expectations, Subject, Variant, World } from './variant.js';
import type { Processed } from './watcher.js';

/** Those of a service that nobody registered. */
const [OTHER_SERVICE, OTHER_DATA] = [200, 7];
/** As the library has it unless set, without jitter. */
const HEARTBEAT_INTERVAL_MS = 20_000;
const NEVER_AGAIN = { delayMs: () => 100, maxAttempts: 1, reopens: false, connectTimeoutMs: 1_000 };

class ChannelNameWorld implements World {
  readonly bench: Bench;

  constructor(isClient: boolean, channelName: string | null) {
    this.bench = new Bench({
      isClient,
      ...(isClient ? { policy: NEVER_AGAIN, line: 'silent' as const } : {}),
      session: { channelName },
    });
  }

  async perform({ type, ...fields }: ModelEvent): Promise<void> {
    const { bench } = this;
    switch (type) {
      case 'link.opened':
        return await this.#link();
      case 'link.closed':
        return await bench.unlink();
      case 'heartbeat.due':
        return await this.#fallSilent();
      default:
        return await bench.sayEvent(type, { name: fields['name'] });
    }
  }

  /** A client that has lost its link opens another only when it is asked to. */
  async #link(): Promise<void> {
    const { comm } = this.bench;
    if (comm.isClient && !comm.isConnected()) await this.bench.reconnect();
    await this.bench.link();
  }

  /** The peer says something, and then nothing for long. */
  async #fallSilent(): Promise<void> {
    const { bench } = this;
    if (!bench.comm.isConnected()) return;
    void bench.receive(OTHER_SERVICE, OTHER_DATA, 1);
    await bench.say(OTHER_SERVICE, OTHER_DATA);
    await bench.clock.advanceAsync(HEARTBEAT_INTERVAL_MS);
  }

  processed(): Processed[] {
    return this.bench.watcher.processed('channelName');
  }

  effects(): Effect[] {
    const wire = this.bench.heard().map(
      ({ serviceId, dataId, data, status }): Effect => ({
        channel: 'wire',
        text: `${serviceId}/${dataId} ${JSON.stringify(data)} ${status}`,
      }),
    );
    const others = this.bench
      .effects()
      .filter(
        ({ channel, text }) =>
          (channel === 'announced' && /^(channelName|peerNamed)/.test(text)) ||
          // an answer that a transport without a link was asked for has nowhere to go
          (channel === 'dropped' && text !== 'not-sent') ||
          (channel === 'logged' && text.includes('overwriting the channel name')),
      )
      .map(
        (effect): Effect =>
          effect.channel === 'logged' ? { channel: 'logged', text: 'another name' } : effect,
      );
    return [...wire, ...others];
  }

  check({ machine }: ModelState): string[] {
    const { channelName } = this.bench.session;
    const { name } = machine.context as { name: string | null };
    return channelName === name ? [] : [`expected the channel's name to be ${name}, got ${channelName}`];
  }
}

const EXPECTATIONS: Expectations = {
  actions: {
    'ask for the name': ({ name }) => [{ channel: 'wire', text: `8/0 ${JSON.stringify(name)} 0` }],
    'answer with a name': ({ name }) => [{ channel: 'wire', text: `9/0 ${JSON.stringify(name)} 0` }],
    'use the name': ({ name }) => [{ channel: 'announced', text: `channelName: ${name}` }],
    'know the peer by its name': ({ name }) => [{ channel: 'announced', text: `peerNamed: ${name}` }],
    'warn of another name': () => [{ channel: 'logged', text: 'another name' }],
    'drop the second name': () => [{ channel: 'dropped', text: 'second-name' }],
    'drop the unexpected message': () => [{ channel: 'dropped', text: 'unexpected' }],
  },
};

const SAMPLES: readonly ModelEvent[] = [
  { type: 'link.opened' },
  { type: 'link.closed' },
  { type: 'heartbeat.due' },
  ...[null, 'ours', 'theirs'].flatMap((name) => CHANNEL_NAME_PEER_EVENTS.map((type) => ({ type, name }))),
];

function variant(role: 'client' | 'server', channelName: string | null): Variant {
  return {
    name: `${role} ${channelName === null ? 'without a name' : 'with a name'}`,
    actorId: 'channelName',
    isExact: true,
    samples: SAMPLES,
    expectations: EXPECTATIONS,
    fields: (input) => ({ input }),
    open: async () => new ChannelNameWorld(role === 'client', channelName),
  };
}

/** The channel-name machine. */
export const channelNameSubject: Subject = {
  name: 'channel name',
  machine: channelNameMachine,
  variants: [
    variant('client', null),
    variant('client', 'ours'),
    variant('server', null),
    variant('server', 'ours'),
  ],
  bounded: (context) => ({ ...context, openHeartbeats: Math.min(Number(context['openHeartbeats']), 2) }),
  unreachable: [
    {
      variants: ['server without a name', 'server with a name'],
      events: ['heartbeat.due'],
      reason: 'a server has no heartbeat',
    },
    {
      states: ['unlinked'],
      events: ['heartbeat.due'],
      reason: 'without a link there is nobody to ask',
    },
    {
      states: ['nameRequested', 'awaitingName', 'exchanged'],
      events: ['link.opened'],
      reason: 'the session tells it of a link when there was none, whatever its transport says twice',
    },
    {
      states: ['unlinked'],
      events: ['link.closed'],
      reason: 'the session tells it of the end of a link that there was, whatever its transport says twice',
    },
  ],
};
