import type { Duplex } from 'node:stream';
import { addressOfOrigin, type NetworkList } from './networks.js';

/** Counts the connections of each address; an IPv6 address counts as the network that its owner has (`networkOf`). */
export class AddressLimit {
  readonly #most: number;
  readonly #shared: NetworkList;
  readonly #counts = new Map<string, number>();

  /** @param shared addresses that many clients have: they are not limited */
  constructor(most: number, shared: NetworkList) {
    this.#most = most;
    this.#shared = shared;
  }

  /**
   * Whether one more connection is too many.
   *
   * @param network where it comes from, see `networkOf`
   */
  isReachedBy(stream: Duplex, network: string): boolean {
    return (this.#counts.get(network) ?? 0) >= this.#most && !this.#shared.has(addressOfOrigin(stream));
  }

  /** A connection has come in: it counts until it is closed. */
  add(socket: Duplex, network: string): void {
    // a socket of this machine's file system has no address
    if (addressOfOrigin(socket) === undefined) return;
    this.#counts.set(network, (this.#counts.get(network) ?? 0) + 1);
    socket.once('close', () => this.#left(network));
  }

  #left(network: string): void {
    const left = (this.#counts.get(network) ?? 0) - 1;
    if (left > 0) this.#counts.set(network, left);
    else this.#counts.delete(network);
  }
}
