/** With an inspector on both sides that does nothing. */

import { ours, SECRET } from './ours.js';

export const name = 'ours-inspected';
export const kind = 'ours';
export const { serve, connect } = ours({ secret: SECRET, inspect: () => {} });
