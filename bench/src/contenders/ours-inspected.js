/** With an inspector on both sides that does nothing. */

import { ours, SECRET } from './sessions.js';

export const { serve, connect } = ours({ secret: SECRET, inspect: () => {} });
