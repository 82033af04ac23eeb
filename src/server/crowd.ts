/** Peers of one kind by the network that they come from: who has been here longest, of the network that has most. */

import { Line, Spot } from './line.js';

/** Somebody who comes from a network. */
export interface Member {
  readonly network: string;
  /** Where it is in a crowd; the crowds write it. */
  spot?: Spot<Member> | undefined;
}

/** The members of one network, in the order in which they came. */
class Group extends Line<Member> {
  readonly network: string;
  /** Among the groups of its size. */
  readonly place: Spot<Group> = new Spot<Group>(this);

  constructor(network: string) {
    super();
    this.network = network;
  }
}

/** Members by network. Each call takes the same time, however many there are. */
export class Crowd<T extends Member> {
  readonly #groups = new Map<string, Group>();
  /** The index is the size. */
  readonly #groupsBySize: Line<Group>[] = [];
  #largest = 0;
  /** The last group whose members have all left: the next often comes from the same network. */
  #vacated: Group | null = null;
  size = 0;

  /** Adds a member, as the youngest. */
  add(member: T): void {
    let group = this.#groups.get(member.network);
    if (group === undefined) this.#groups.set(member.network, (group = new Group(member.network)));
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
    member.spot.leave();
    this.size--;
    this.#list(group);
    if (this.#groupsBySize[this.#largest]?.size === 0) this.#largest--;
  }

  /** The oldest member from a network. */
  oldestOf(network: string): T | undefined {
    return this.#groups.get(network)?.first?.member as T | undefined;
  }

  /** The oldest member from the network that has most of them. */
  oldestOfLargest(): T | undefined {
    return this.#groupsBySize[this.#largest]?.first?.member.first?.member as T | undefined;
  }

  /** Lists a group by its size, which has changed. */
  #list(group: Group): void {
    if (group.size === 0) return this.#vacate(group);
    let others = this.#groupsBySize[group.size];
    if (others === undefined) this.#groupsBySize[group.size] = others = new Line();
    group.place.join(others);
  }

  #vacate(group: Group): void {
    group.place.leave();
    const before = this.#vacated;
    if (before !== null && before !== group && before.size === 0) this.#groups.delete(before.network);
    this.#vacated = group;
  }
}
