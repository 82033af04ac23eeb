import type { Session } from '../session/session.js';
import type { Directory } from './directory.js';

/** The sessions of a server whose connection is up; each can be found by what it is called. */
export interface ServerSessions extends ReadonlySet<Session> {
  /**
   * The peer of a name: the one that came last, where `duplicateNames` allows several.
   *
   * @param name what the peer claims, or what it is bound to; where a secret is set, only of peers that are trusted
   */
  byName(name: string): Session | undefined;
  /** The session of an `id`, also of a peer that is not trusted. */
  byId(id: string): Session | undefined;
  /** The sessions that the option `group` has put into a group, as of now: look anew each time. */
  group(group: string): ReadonlySet<Session>;
}

const NOBODY: ReadonlySet<Session> = new Set();

/** The set of a roster. */
export class SessionSet extends Set<Session> implements ServerSessions {
  readonly #directory: Directory | null;
  /** Made when somebody asks. */
  #byId: Map<string, Session> | null = null;

  constructor(directory: Directory | null) {
    super();
    this.#directory = directory;
  }

  byName(name: string): Session | undefined {
    return this.#directory?.byName(name);
  }

  byId(id: string): Session | undefined {
    this.#byId ??= new Map([...this].map((session) => [session.id, session]));
    return this.#byId.get(id);
  }

  group(group: string): ReadonlySet<Session> {
    return this.#directory?.group(group) ?? NOBODY;
  }

  override add(session: Session): this {
    this.#byId?.set(session.id, session);
    return super.add(session);
  }

  override delete(session: Session): boolean {
    this.#byId?.delete(session.id);
    return super.delete(session);
  }

  /** What is derived from it is a plain set. */
  static override get [Symbol.species](): SetConstructor {
    return Set;
  }
}
