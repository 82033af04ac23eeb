/** All rules, in the order in which they are run: what a peer may hold against us comes last. */

import type { Rule } from '../rule.js';
import { AUTHENTICATION_RULES } from './authentication.js';
import { DISPATCH_RULES, NAME_RULES, ORDER_RULES, STATUS_RULES } from './dispatch.js';
import { FRAMING_RULES } from './framing.js';
import { LIMIT_RULES } from './limits.js';
import { MESSAGE_RULES } from './messages.js';
import { ATTACK_RULES, REFUSAL_RULES } from './refusals.js';

export const RULES: readonly Rule[] = [
  ...NAME_RULES,
  ...FRAMING_RULES,
  ...MESSAGE_RULES,
  ...STATUS_RULES,
  ...DISPATCH_RULES,
  ...ORDER_RULES,
  ...AUTHENTICATION_RULES,
  ...REFUSAL_RULES,
  ...ATTACK_RULES,
  ...LIMIT_RULES,
];
