/** From what XState tells its inspectors, and what a session logs, to entries of the hub. */

import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { Logger } from '../logging.js';
import type { InspectorHub } from './hub.js';

/** The pictures of the machines, by the ids of the machines. */
const CHARTS: Readonly<Record<string, string>> = {
  session: 'session',
  connection: 'connection',
  authentication: 'authentication',
  channelName: 'channel-name',
};

/** A line of a session's log: `name: prot-client: RX <- text`. */
const MESSAGE_LINE = /^(\S+): prot-(client|server): (TX ->|RX <-) (.*)$/s;
const BYTES_LINE = /^(\S+): comm-(client|server): (TX ->|RX <-) \(\d+\): (.*)$/s;

/** What a session is given so that it is seen: options to spread into its own. */
export interface WatchOptions {
  readonly inspect: (event: InspectionEvent) => void;
  readonly logger: Logger;
}

/**
 * Watches one session.
 *
 * @param hub where it is told
 * @param group what the session is called
 */
export function watchOptions(hub: InspectorHub, group: string): WatchOptions {
  let hex: string | null = null;
  const line = (isTrouble: boolean) => (text: string) => {
    const bytes = BYTES_LINE.exec(text);
    if (bytes !== null) {
      hex = bytes[4] ?? null;
      return;
    }
    const [, , side, direction, said] = MESSAGE_LINE.exec(text) ?? [];
    if (side === undefined || said === undefined) {
      hub.add({ kind: 'note', group, text, isTrouble });
      return;
    }
    const isOwn = direction === 'TX ->';
    const other = side === 'client' ? 'server' : 'client';
    hub.add({ kind: 'message', group, from: isOwn ? side : other, text: said, hex, isTrouble });
    hex = null;
  };
  return {
    inspect: (event) => seen(hub, group, event),
    logger: { debug: line(false), info: line(false), warn: line(true), error: line(true) },
  };
}

function seen(hub: InspectorHub, group: string, event: InspectionEvent): void {
  const { id: actor } = event.actorRef as AnyActorRef;
  switch (event.type) {
    case '@xstate.actor':
      // `client authentication` is an authentication
      hub.add({ kind: 'actor', group, actor, chart: CHARTS[actor.split(' ').at(-1) ?? ''] ?? null });
      return;
    case '@xstate.event':
      if (event.event.type.startsWith('xstate.init')) return;
      hub.add({
        kind: 'event',
        group,
        from: (event.sourceRef as AnyActorRef | undefined)?.id ?? null,
        to: actor,
        event: plain(event.event) as Readonly<Record<string, unknown>>,
      });
      return;
    case '@xstate.snapshot': {
      const { value, context } = event.snapshot as { value?: unknown; context?: unknown };
      hub.add({ kind: 'state', group, actor, state: value ?? null, context: plain(context ?? null) });
      return;
    }
    default:
  }
}

/** A copy that stays as it is now, of what JSON can carry. */
function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return null; // a user's data may be circular
  }
}
