/** What only the frame knows: which parts of it are open. */

import { signal } from '@preact/signals';

/** Which part a narrow page shows. */
export const pane = signal<'sessions' | 'centre' | 'side'>('centre');
/** What the right side shows; null until somebody chooses: the newest trouble where there is one, or else the session. */
export const side = signal<'detail' | 'session' | 'ask' | null>(null);
/** Whether the list of keys is open. */
export const isHelpOpen = signal(false);
