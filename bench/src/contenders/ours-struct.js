/** With the codec of old peers. */

import { structJson } from '../../../dist/src/wire/index.js';
import { ours, SECRET } from './ours.js';

export const name = 'ours-struct';
export const kind = 'ours';
export const { serve, connect } = ours({ secret: SECRET, codec: structJson });
