/** With the codec of old peers. */

import { structJson } from '../../../dist/src/wire/index.js';
import { ours, SECRET } from './sessions.js';

export const { serve, connect } = ours({ secret: SECRET, codec: structJson });
