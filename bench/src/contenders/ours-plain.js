/** Without a secret: everything passes at once. */

import { ours } from './ours.js';

export const name = 'ours-plain';
export const kind = 'ours';
export const { serve, connect } = ours({});
