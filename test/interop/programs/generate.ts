/**
 * Makes programs from a seed. What they do is chosen so that its outcome is certain: between a message and what depends on
 * it both sides are synchronised, and a `receive` waits either for what is there already, or for what surely comes.
 */

import type { JsonValue } from '../../../src/index.js';
import { Chance } from './chance.js';
import {
  AT_ONCE,
  DATA_IDS,
  NEW_SERVICES,
  NO_ANSWERS,
  SECRETS,
  SERVICES,
  STATUSES,
  SURELY,
  UNREGISTERED,
  VALUES,
} from './material.js';
import {
  type Behaviour,
  type CallStep,
  type Program,
  type Role,
  type SideSetup,
  type Step,
  UNSENDABLE,
} from './program.js';

/**
 * A program.
 *
 * @param seed the same program for the same seed
 */
export function generateProgram(seed: number): Program {
  return new Generator(seed).program();
}

/** What the generator knows of a side. */
interface Known {
  isTrusted: boolean;
  readonly services: (readonly [number, number])[];
  readonly callbacks: { sid: number | null; did: number | null }[];
}

class Generator {
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #steps: Step[] = [];
  readonly #touched = new Map<string, { side: Role; sid: number; did: number }>();
  readonly #known: Record<Role, Known>;
  readonly #setup: Record<Role, SideSetup>;
  readonly #isSecretRight: boolean;
  #labels = 0;
  #authentications = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#chance = new Chance(seed);
    const [client, server] = this.#chance.pick(
      SECRETS.flatMap((each) => Array(each[2]).fill(each) as [typeof each]),
    );
    this.#isSecretRight = client !== null && client === server;
    const name = (): string | null => this.#chance.pick([null, null, 'link', 'other', 'näme']);
    this.#setup = {
      client: {
        secret: client,
        auto_auth: this.#isSecretRight && this.#chance.isIn(0.5),
        channel_name: name(),
      },
      server: { secret: server, auto_auth: false, channel_name: name() },
    };
    const known = (secret: string | null): Known => ({
      isTrusted: secret === null,
      services: [...SERVICES],
      callbacks: [],
    });
    this.#known = { client: known(client), server: known(server) };
  }

  program(): Program {
    const codec = this.#chance.pick(['pure_json', 'struct_json'] as const);
    const before = this.#collect(() => times(3, () => this.#arrange('server')));
    times(3, () => this.#arrange('client'));
    // right after it was made, before it is connected
    const authenticatesAtOnce = this.#isSecretRight && this.#chance.isIn(0.5);
    if (authenticatesAtOnce) this.#authenticate();
    this.#sync('client');
    if (this.#setup.client.auto_auth && !authenticatesAtOnce) this.#authenticate();
    for (let n = 8 + this.#chance.below(8); n > 0; n--) this.#act();
    this.#finish();
    const { client, server } = this.#setup;
    return {
      title: `program ${this.#seed}`,
      codec,
      client,
      server,
      before: before.filter((step): step is CallStep => 'side' in step),
      steps: this.#steps,
    };
  }

  // ── arranging a side ──

  #arrange(side: Role): void {
    const action = this.#chance.pick([
      'callback',
      'callback',
      'callback',
      'service',
      'names',
      'whitelist',
    ] as const);
    if (action === 'callback') this.#registerCallback(side);
    else if (action === 'service') this.#addService(side);
    else if (action === 'names') this.#addNames(side);
    else this.#addToWhitelist();
  }

  #registerCallback(side: Role): void {
    const { services, callbacks } = this.#known[side];
    const requests = services.map(([request]) => request);
    const sid = this.#chance.pick([...requests, ...requests, ...UNREGISTERED, 11, null]);
    const did = this.#chance.pick([...DATA_IDS, null]);
    const isExactRequest = sid !== null && did !== null && requests.includes(sid);
    const args = times(this.#chance.below(3), () => this.#chance.pick(VALUES));
    this.#call(side, 'register_callback', sid, did, this.#behaviour(isExactRequest), ...args);
    callbacks.push({ sid, did });
  }

  #behaviour(maySend: boolean): Behaviour {
    const label = `callback ${++this.#labels}`;
    const status = this.#chance.pick(STATUSES);
    const later = this.#chance.isIn(0.3);
    const all: Behaviour[] = [
      { label, do: 'answer', status, data: this.#chance.pick(VALUES), later },
      { label, do: 'answer', status, data: this.#chance.pick(VALUES), later },
      { label, do: 'echo', status, later },
      { label, do: 'count' },
      { label, do: 'arguments' },
      { label, do: 'return', value: this.#chance.pick(NO_ANSWERS) },
      { label, do: 'unsendable' },
      { label, do: 'raise', later },
    ];
    if (maySend) all.push({ label, do: 'send', service_id: 52, data_id: 0, data: this.#chance.pick(VALUES) });
    return this.#chance.pick(all);
  }

  /** Some ids are taken, some are free. */
  #addService(side: Role): void {
    const [request, response] = this.#chance.pick(NEW_SERVICES);
    this.#call(side, 'add_service', request, response);
    const { services } = this.#known[side];
    const taken = new Set([...services.flat(), 0, 1, 8, 9]);
    if (!taken.has(request) && !taken.has(response) && request !== response)
      services.push([request, response]);
  }

  #addNames(side: Role): void {
    this.#call(
      side,
      'add_data',
      this.#chance.pick([10, [10, 11], [50, 51]]),
      this.#chance.pick(DATA_IDS),
      'name',
    );
    this.#call(side, 'add_status', 42, 'a status of our own');
  }

  /** Both sides let a service and its answers pass. */
  #addToWhitelist(): void {
    const [request, response] = this.#chance.pick(SERVICES);
    const did = this.#chance.pick(DATA_IDS);
    for (const side of ['client', 'server'] as const) {
      if (side === 'client' && this.#isBeforeClient) continue;
      for (const sid of [request, response]) this.#call(side, 'add_msg_to_auth_whitelist_', sid, did);
    }
  }

  // ── what happens once there is a connection ──

  #act(): void {
    const side = this.#chance.pick(['client', 'server'] as const);
    const actions: (() => void)[] = [
      () => this.#exchange(side),
      () => this.#exchange(side),
      () => this.#exchange(side),
      () => this.#burst(side),
      () => this.#push(side),
      () => this.#push(side),
      () => this.#receiveFirst(side),
      () => this.#hold(side),
      () => this.#chance.pick([() => this.#receiveNothing(side), () => this.#sendUnsendable(side)])(),
      () => this.#arrange(side),
      () => this.#arrange(side),
      () => this.#states(),
      () => this.#authenticate(),
      () => this.#call('server', 'authentificate', 0.1),
      () => this.#names(),
    ];
    if (this.#chance.isIn(0.06)) this.#reconnect(side);
    else this.#chance.pick(actions)();
  }

  /** A request and its answer. */
  #exchange(asker: Role): void {
    const [request, response, did] = this.#question(asker);
    this.#send(asker, request, did, this.#chance.isIn(0.15) ? this.#chance.pick(STATUSES) : 0);
    this.#sync(asker);
    this.#receive(asker, response, did);
    if (this.#chance.isIn(0.4)) this.#receive(other(asker), request, did);
  }

  /** Requests of equal ids, whose answers come in order. */
  #burst(asker: Role): void {
    const [request, response, did] = this.#question(asker);
    const count = 2 + this.#chance.below(3);
    times(count, () => this.#send(asker, request, did, 0));
    this.#sync(asker);
    times(count, () => this.#receive(asker, response, did));
  }

  /** The ids of a request and its answer, mostly of one that has a callback. */
  #question(asker: Role): readonly [request: number, response: number, did: number] {
    const { services } = this.#known[asker];
    const { callbacks } = this.#known[other(asker)];
    const registered = callbacks.flatMap(({ sid, did }) => {
      const service =
        sid === null ? this.#chance.pick(services) : services.find(([request]) => request === sid);
      return service === undefined ? [] : [[...service, did ?? this.#chance.pick(DATA_IDS)] as const];
    });
    if (registered.length > 0 && this.#chance.isIn(0.75)) return this.#chance.pick(registered);
    return [...this.#chance.pick(services), this.#chance.pick(DATA_IDS)];
  }

  /** A message that asks nothing: of a service that nobody registered, or an answer to nothing. */
  #push(from: Role): void {
    const withCallback = this.#known[other(from)].callbacks.flatMap(({ sid, did }) =>
      sid === 11 || sid === 50 || sid === 51 ? [[sid, did ?? this.#chance.pick(DATA_IDS)] as const] : [],
    );
    const anyOther = [
      this.#chance.pick([...UNREGISTERED, 11, 21, 31, 101]),
      this.#chance.pick(DATA_IDS),
    ] as const;
    const [sid, did] = this.#chance.pick([...withCallback, anyOther]);
    times(1 + this.#chance.below(3), () => this.#send(from, sid, did, this.#chance.pick(STATUSES)));
    this.#sync(from);
    if (this.#chance.isIn(0.7)) this.#receive(other(from), sid, did);
  }

  /** A `receive` that waits before the message is sent. */
  #receiveFirst(receiver: Role): void {
    const did = this.#chance.pick(DATA_IDS);
    const sid = 60 + this.#labels++;
    if (!this.#isTrusted || this.#hasCallback(receiver, sid, did)) return;
    const as = `awaited ${sid}`;
    this.#steps.push({ side: receiver, call: 'receive', args: [sid, did, SURELY], as });
    this.#send(other(receiver), sid, did, this.#chance.pick(STATUSES));
    this.#steps.push({ awaited: as });
  }

  /** Answers that come, in order, after the first `receive` has given up. */
  #hold(asker: Role): void {
    const [request, response] = this.#chance.pick(SERVICES);
    const did = this.#chance.pick(DATA_IDS);
    if (!this.#isTrusted || this.#hasCallback(asker, response, did)) return;
    const answerer = other(asker);
    const label = (): string => `callback ${++this.#labels}`;
    this.#sync(asker);
    // whatever is in the buffer is older
    for (let n = 0; n < 6; n++) this.#receive(asker, response, did);
    const behaviour: Behaviour = { label: label(), do: 'hold', status: this.#chance.pick(STATUSES) };
    this.#call(answerer, 'register_callback', request, did, behaviour);
    const count = 1 + this.#chance.below(3);
    times(count, () => this.#send(asker, request, did, 0));
    this.#receive(asker, response, did);
    for (let n = 0; n < count; n++) {
      this.#call(answerer, 'release');
      this.#call(asker, 'receive', response, did, SURELY);
    }
    this.#call(answerer, 'register_callback', request, did, { label: label(), do: 'count' });
    this.#known[answerer].callbacks.push({ sid: request, did });
  }

  #receiveNothing(side: Role): void {
    this.#sync(side);
    this.#call(side, 'receive', 59, this.#chance.pick(DATA_IDS), AT_ONCE);
  }

  #sendUnsendable(side: Role): void {
    this.#call(side, 'send', 50, 0, UNSENDABLE, 0, SURELY);
  }

  #authenticate(): void {
    // a server closes the connection at the third wrong key
    if (!this.#isSecretRight && this.#authentications++ >= 1) return;
    this.#call('client', 'authentificate', SURELY);
    if (!this.#isSecretRight) return;
    this.#known.client.isTrusted = this.#known.server.isTrusted = true;
  }

  /** A new connection: nothing of the old one is left, trust least of all. */
  #reconnect(side: Role): void {
    this.#call(side, 'reconnect');
    this.#sync(side);
    for (const each of ['client', 'server'] as const)
      this.#known[each].isTrusted = this.#setup[each].secret === null;
    if (this.#setup.client.auto_auth) this.#authenticate();
    else this.#states();
  }

  #states(): void {
    for (const side of ['client', 'server'] as const)
      for (const call of ['is_connected', 'check_authentification_state', 'connection_established'])
        this.#call(side, call);
  }

  #names(): void {
    for (const side of ['client', 'server'] as const) this.#call(side, 'channel_name');
  }

  /** All that can still be seen. */
  #finish(): void {
    this.#sync('client');
    this.#states();
    this.#names();
    for (const side of ['client', 'server'] as const) this.#call(side, 'calls');
    this.#touched.set('client 52', { side: 'client', sid: 52, did: 0 });
    this.#touched.set('server 52', { side: 'server', sid: 52, did: 0 });
    for (const { side, sid, did } of this.#touched.values()) this.#receive(side, sid, did);
  }

  // ── steps ──

  #send(side: Role, sid: number, did: number, status: number): void {
    this.#call(side, 'send', sid, did, this.#chance.pick(VALUES), status, SURELY);
    this.#touched.set(`${other(side)} ${sid} ${did}`, { side: other(side), sid, did });
    const response = this.#known[other(side)].services.find(([request]) => request === sid)?.[1];
    if (response !== undefined) this.#touched.set(`${side} ${response} ${did}`, { side, sid: response, did });
  }

  #receive(side: Role, sid: number, did: number): void {
    this.#call(side, 'receive', sid, did, AT_ONCE);
  }

  #call(side: Role, call: string, ...args: (JsonValue | Behaviour)[]): void {
    this.#steps.push({ side, call, args });
  }

  #sync(first: Role): void {
    this.#steps.push({ sync: first });
  }

  // ── what is known ──

  #isBeforeClient = false;

  /** The steps that a function makes, which happen before there is a client. */
  #collect(make: () => void): Step[] {
    this.#isBeforeClient = true;
    make();
    this.#isBeforeClient = false;
    return this.#steps.splice(0);
  }

  get #isTrusted(): boolean {
    return this.#known.client.isTrusted && this.#known.server.isTrusted;
  }

  #hasCallback(side: Role, sid: number, did: number): boolean {
    return this.#known[side].callbacks.some(
      (each) => (each.sid === null || each.sid === sid) && (each.did === null || each.did === did),
    );
  }
}

function other(role: Role): Role {
  return role === 'client' ? 'server' : 'client';
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
