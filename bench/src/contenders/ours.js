/** As users get it: with a secret. */

import { ours, SECRET } from './sessions.js';

export const { serve, connect } = ours({ secret: SECRET });
