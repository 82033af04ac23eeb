/** Finds the subscribers of a message among many thousands: a tree of the words of subjects. */

/** A subscription, as the tree sees it. */
export interface Interested {
  readonly pattern: string;
  /** Null where it gets every message. */
  readonly queue: string | null;
}

/** A word. Most are on the way to one pattern: what a word has not is null. */
interface Node<T> {
  /** What follows. */
  words: Map<string, Node<T>> | null;
  /** What follows where it is `*`, which most patterns have. */
  any: Node<T> | null;
  /** Those whose pattern ends here. */
  ends: T[] | null;
  /** Those whose pattern goes on with `>`. */
  tails: T[] | null;
}

function newNode<T>(): Node<T> {
  return { words: null, any: null, ends: null, tails: null };
}

const ANY = '*';
const TAIL = '>';

/** Subscriptions by their patterns. */
export class Interest<T extends Interested> {
  readonly #root = newNode<T>();
  #size = 0;

  /** How many subscriptions there are. */
  get size(): number {
    return this.#size;
  }

  /** Whether nothing is left of anybody. */
  get isEmpty(): boolean {
    return isBare(this.#root);
  }

  /** @param interested one whose pattern has been checked */
  add(interested: T): void {
    const [words, hasTail] = wordsOf(interested);
    let node = this.#root;
    for (const word of words) node = nextOf(node, word) ?? grow(node, word);
    const list = hasTail ? node.tails : node.ends;
    if (list !== null) list.push(interested);
    else if (hasTail) node.tails = [interested];
    else node.ends = [interested];
    this.#size++;
  }

  /** Takes one out; nothing happens where it is not there. */
  remove(interested: T): void {
    const [words, hasTail] = wordsOf(interested);
    const path = [this.#root];
    for (const word of words) {
      const next = nextOf(path.at(-1) as Node<T>, word);
      if (next === null) return;
      path.push(next);
    }
    const node = path.at(-1) as Node<T>;
    const list = (hasTail ? node.tails : node.ends) ?? [];
    const rest = list.filter((each) => each !== interested);
    if (rest.length === list.length) return;
    this.#size--;
    if (hasTail) node.tails = orNull(rest);
    else node.ends = orNull(rest);
    for (let depth = words.length; depth > 0 && isBare(path[depth] as Node<T>); depth--)
      cut(path[depth - 1] as Node<T>, words[depth - 1] as string);
  }

  /**
   * Finds those that a message is for.
   *
   * @param subject without wildcards
   * @param found is filled with them, in no order that means anything
   */
  match(subject: string, found: T[]): void {
    collect(this.#root, subject, 0, found);
  }
}

function wordsOf({ pattern }: Interested): [words: string[], hasTail: boolean] {
  const words = pattern.split('.');
  const hasTail = words.at(-1) === TAIL;
  if (hasTail) words.pop();
  return [words, hasTail];
}

function nextOf<T>(node: Node<T>, word: string): Node<T> | null {
  return word === ANY ? node.any : (node.words?.get(word) ?? null);
}

function grow<T>(node: Node<T>, word: string): Node<T> {
  const next = newNode<T>();
  if (word === ANY) node.any = next;
  else (node.words ??= new Map()).set(word, next);
  return next;
}

function cut<T>(node: Node<T>, word: string): void {
  if (word === ANY) node.any = null;
  else node.words?.delete(word);
  if (node.words?.size === 0) node.words = null;
}

function isBare<T>({ words, any, ends, tails }: Node<T>): boolean {
  return words === null && any === null && ends === null && tails === null;
}

function orNull<T>(list: T[]): T[] | null {
  return list.length === 0 ? null : list;
}

function collect<T>(node: Node<T>, subject: string, start: number, found: T[]): void {
  const { tails, words, any } = node;
  if (tails !== null) for (const each of tails) found.push(each);
  if (words === null && any === null) return;
  const dot = subject.indexOf('.', start);
  const next = words?.get(dot < 0 ? subject.slice(start) : subject.slice(start, dot));
  if (next !== undefined) step(next, subject, dot, found);
  if (any !== null) step(any, subject, dot, found);
}

function step<T>(node: Node<T>, subject: string, dot: number, found: T[]): void {
  if (dot >= 0) collect(node, subject, dot + 1, found);
  else if (node.ends !== null) for (const each of node.ends) found.push(each);
}
