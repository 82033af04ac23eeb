/** All rules, in the order in which they are run: what a peer may hold against us comes last. */

import type { Role } from '../../../protocol/role.js';
import type { Painted, Rule } from '../rule.js';
import { AUTHENTICATION_RULES, BEFORE_TRUST_RULES, NO_SECRET_RULES } from './authentication.js';
import { CLIENT_AUTHENTICATION_RULES, REFUSED_RULES, UNTRUSTED_RULES } from './client-authentication.js';
import { DISPATCH_RULES, NAME_RULES, ORDER_RULES, STATUS_RULES } from './dispatch.js';
import { FIRST_RULES } from './first.js';
import { FRAMING_RULES } from './framing.js';
import { LIMIT_RULES, LONG_NAME_RULE } from './limits.js';
import { MESSAGE_RULES } from './messages.js';
import { authentication, connection } from './parts.js';
import { ATTACK_RULES, REFUSAL_RULES } from './refusals.js';

/** What the machines of a peer do for the rules that are the same for both: each role has its own transitions. */
const CHARTS: Readonly<Record<Role, Readonly<Record<string, readonly Painted[]>>>> = {
  server: {
    'authentication/before-trust': [authentication('role always 1')],
    'order/half-closed': [connection('connected link.ended 1', 'connected link.closed 2')],
  },
  client: {
    'order/half-closed': [connection('connected link.ended 1', 'connected link.closed 0')],
  },
};

const chartedFor =
  (role: Role) =>
  (rule: Rule): Rule => {
    const charts = CHARTS[role][rule.id];
    return charts === undefined ? rule : { ...rule, charts };
  };

/** What peers of either role can be asked. */
const SHARED_RULES: readonly Rule[] = [
  ...FRAMING_RULES,
  ...MESSAGE_RULES,
  ...STATUS_RULES,
  ...DISPATCH_RULES,
  ...ORDER_RULES,
];

/** The rules for each role of a peer: one that listens, one that connects. */
export const RULES_FOR: Readonly<Record<Role, readonly Rule[]>> = {
  server: [
    ...NAME_RULES,
    ...SHARED_RULES,
    ...NO_SECRET_RULES,
    ...BEFORE_TRUST_RULES,
    ...AUTHENTICATION_RULES,
    ...REFUSAL_RULES,
    ...ATTACK_RULES,
    LONG_NAME_RULE,
    ...LIMIT_RULES,
  ].map(chartedFor('server')),
  client: [
    ...FIRST_RULES,
    ...SHARED_RULES,
    ...BEFORE_TRUST_RULES,
    ...CLIENT_AUTHENTICATION_RULES,
    ...LIMIT_RULES,
    ...UNTRUSTED_RULES,
    ...REFUSED_RULES,
  ].map(chartedFor('client')),
};

/** The rules for a peer that listens. */
export const RULES = RULES_FOR.server;
/** The rules for a peer that connects. */
export const CLIENT_RULES = RULES_FOR.client;
