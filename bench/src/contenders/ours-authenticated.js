/** As users get it: with a secret. */

import { ours, SECRET } from './ours.js';

export const name = 'ours';
export const kind = 'ours';
export const { serve, connect } = ours({ secret: SECRET });
