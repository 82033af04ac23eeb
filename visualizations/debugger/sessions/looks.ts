/** How the state of a session looks: a word and an icon, never a colour alone. */

import type { IconName } from '../app/icons.js';
import type { SessionRow, SessionState } from '../store/types.js';

interface Look {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: 'calm' | 'quiet' | 'warning' | 'trouble';
}

const LOOKS: Readonly<Record<SessionState, Look>> = {
  listening: { word: 'listening', icon: 'live', tone: 'quiet' },
  connecting: { word: 'connecting', icon: 'waiting', tone: 'warning' },
  // no secret, or not authenticated yet
  connected: { word: 'connected', icon: 'lock-open', tone: 'quiet' },
  trusted: { word: 'trusted', icon: 'lock', tone: 'calm' },
  refused: { word: 'refused', icon: 'refused', tone: 'trouble' },
  lost: { word: 'connection lost', icon: 'broken', tone: 'trouble' },
  closed: { word: 'closed', icon: 'closed', tone: 'quiet' },
};

/** The look of a session. */
export const lookOf = ({ state }: Pick<SessionRow, 'state'>): Look => LOOKS[state];

/** How a session stands, or how it ended. */
export function stateWords(row: SessionRow): string {
  const { word } = lookOf(row);
  return row.isOver && row.state !== 'closed' ? `over: ${word}` : word;
}
