/** Subscriptions by the words of their subjects: which of them a message is for. */

interface Node<Item> {
  readonly words: Map<string, Node<Item>>;
  /** `*`: one word, whichever. */
  any: Node<Item> | null;
  /** Of subjects that end here. */
  readonly items: Set<Item>;
  /** Of subjects that end here with `>`: one word or more. */
  readonly rest: Set<Item>;
}

/** A set of items, each under the pattern of a subscription. */
export class SubjectTree<Item> {
  /** How many items there are. */
  size = 0;
  readonly #root: Node<Item> = nodeOf();

  add(pattern: string, item: Item): void {
    const items = this.#itemsOf(pattern);
    if (items.has(item)) return;
    items.add(item);
    this.size++;
  }

  delete(pattern: string, item: Item): void {
    if (this.#itemsOf(pattern).delete(item)) this.size--;
  }

  /** The items whose patterns fit a subject, in no order that means anything but always the same. */
  match(subject: string): Item[] {
    const found: Item[] = [];
    gather(this.#root, subject.split('.'), 0, found);
    return found;
  }

  #itemsOf(pattern: string): Set<Item> {
    let node = this.#root;
    for (const word of pattern.split('.')) {
      if (word === '>') return node.rest;
      if (word === '*') {
        node = node.any ??= nodeOf();
        continue;
      }
      let next = node.words.get(word);
      if (next === undefined) {
        next = nodeOf();
        node.words.set(word, next);
      }
      node = next;
    }
    return node.items;
  }
}

function nodeOf<Item>(): Node<Item> {
  return { words: new Map(), any: null, items: new Set(), rest: new Set() };
}

function gather<Item>(node: Node<Item>, words: readonly string[], at: number, found: Item[]): void {
  const word = words[at];
  if (word === undefined) {
    for (const item of node.items) found.push(item);
    return;
  }
  for (const item of node.rest) found.push(item);
  const next = node.words.get(word);
  if (next !== undefined) gather(next, words, at + 1, found);
  if (node.any !== null) gather(node.any, words, at + 1, found);
}
