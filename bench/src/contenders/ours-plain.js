/** Without a secret: everything passes at once. */

import { ours } from './sessions.js';

export const { serve, connect } = ours({});
