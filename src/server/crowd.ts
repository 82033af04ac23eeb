/** Peers of one kind by the network that they come from: who has been here longest, of the network that has most. */

import { Line, Spot } from './line.js';

/** Somebody who comes from a network. */
export interface Member {
  readonly network: string;
  /** Where it is in a crowd; the crowds write it. */
  spot?: Spot<Member> | undefined;
}

/** Members by network. Each call takes the same time, however many there are. */
export class Crowd<T extends Member> {
  /** Of each network, in the order in which they came. */
  readonly #groups = new Map<string, Line<Member>>();
  readonly #groupsBySize = new Map<number, Set<Line<Member>>>();
  #largest = 0;
  size = 0;

  /** Adds a member, as the youngest. */
  add(member: T): void {
    let group = this.#groups.get(member.network);
    if (group === undefined) this.#groups.set(member.network, (group = new Line()));
    else this.#unlist(group);
    member.spot ??= new Spot<Member>(member);
    member.spot.join(group);
    this.size++;
    this.#list(group);
    this.#largest = Math.max(this.#largest, group.size);
  }

  /** Removes a member, if it is one. */
  delete(member: T): void {
    const group = this.#groups.get(member.network);
    if (group === undefined || member.spot?.line !== group) return;
    this.#unlist(group);
    member.spot.leave();
    this.size--;
    if (group.size > 0) this.#list(group);
    else this.#groups.delete(member.network);
    if (!this.#groupsBySize.has(this.#largest)) this.#largest--;
  }

  /** The oldest member from a network. */
  oldestOf(network: string): T | undefined {
    return this.#groups.get(network)?.first?.member as T | undefined;
  }

  /** The oldest member from the network that has most of them. */
  oldestOfLargest(): T | undefined {
    return this.#groupsBySize.get(this.#largest)?.values().next().value?.first?.member as T | undefined;
  }

  #list(group: Line<Member>): void {
    const others = this.#groupsBySize.get(group.size);
    if (others === undefined) this.#groupsBySize.set(group.size, new Set([group]));
    else others.add(group);
  }

  #unlist(group: Line<Member>): void {
    const others = this.#groupsBySize.get(group.size);
    others?.delete(group);
    if (others?.size === 0) this.#groupsBySize.delete(group.size);
  }
}
