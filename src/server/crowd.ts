/** Peers of one kind by the network that they come from: who has been here longest, of the network that has most. */

/** Somebody who comes from a network. */
export interface Member {
  readonly network: string;
}

/** Members by network. Each call takes the same time, however many there are. */
export class Crowd<T extends Member> {
  /** Of each network, in the order in which they came. */
  readonly #groups = new Map<string, Set<T>>();
  readonly #groupsBySize = new Map<number, Set<Set<T>>>();
  #largest = 0;
  size = 0;

  /** Adds a member, as the youngest. */
  add(member: T): void {
    let group = this.#groups.get(member.network);
    if (group === undefined) this.#groups.set(member.network, (group = new Set()));
    else this.#unlist(group);
    group.add(member);
    this.size++;
    this.#list(group);
    this.#largest = Math.max(this.#largest, group.size);
  }

  /** Removes a member, if it is one. */
  delete(member: T): void {
    const group = this.#groups.get(member.network);
    if (group?.has(member) !== true) return;
    this.#unlist(group);
    group.delete(member);
    this.size--;
    if (group.size > 0) this.#list(group);
    else this.#groups.delete(member.network);
    if (!this.#groupsBySize.has(this.#largest)) this.#largest--;
  }

  /** The oldest member from a network. */
  oldestOf(network: string): T | undefined {
    return this.#groups.get(network)?.values().next().value;
  }

  /** The oldest member from the network that has most of them. */
  oldestOfLargest(): T | undefined {
    return this.#groupsBySize.get(this.#largest)?.values().next().value?.values().next().value;
  }

  #list(group: Set<T>): void {
    const others = this.#groupsBySize.get(group.size);
    if (others === undefined) this.#groupsBySize.set(group.size, new Set([group]));
    else others.add(group);
  }

  #unlist(group: Set<T>): void {
    const others = this.#groupsBySize.get(group.size);
    others?.delete(group);
    if (others?.size === 0) this.#groupsBySize.delete(group.size);
  }
}
