/** The inputs of the table as the puppet gives them, and a way into each state. */

import type { AuthenticationInput } from '../../support/authentication-inputs.js';
import type { StateName, TableRole } from './cells.js';
import { ASKED_DID, OTHER_DID, RESULT, type TablePuppet, WHITELISTED_DID } from './puppet.js';

/** As the product has it: by then the seed has run out. */
const SEED_LIFETIME_MS = 10_000;
const WRONG_KEY = '0'.repeat(128);

const GIVE: Readonly<Record<AuthenticationInput, (puppet: TablePuppet) => void>> = {
  'SEED request': (puppet) => puppet.say(0, 0),
  'KEY request, valid': (puppet) => puppet.say(0, 1, puppet.rightKey()),
  'KEY request, wrong': (puppet) => puppet.say(0, 1, WRONG_KEY),
  'SEED response': (puppet) => puppet.say(1, 0, puppet.makeSeed()),
  'KEY response, ok': (puppet) => puppet.say(1, 1, true),
  'KEY response, bad': (puppet) => puppet.say(1, 1, false),
  CHANNEL: (puppet) => (puppet.role === 'server' ? puppet.say(8, 0, 'puppet') : puppet.say(9, 0, null)),
  'whitelisted request': (puppet) => puppet.say(10, WHITELISTED_DID),
  'other request': (puppet) => puppet.say(10, OTHER_DID),
  'awaited response': (puppet) => puppet.say(11, ASKED_DID, RESULT),
  malformed: spoilWhatMovesIt,
  disconnect: (puppet) => puppet.disconnect(),
};

/** Gives an input; what comes of it needs the clock. */
export function give(puppet: TablePuppet, input: AuthenticationInput): void {
  GIVE[input](puppet);
}

/** What moves the session out of its state if it is believed, with a checksum that says not to. */
function spoilWhatMovesIt(puppet: TablePuppet): void {
  const state = puppet.session.authenticationState;
  if (puppet.role === 'server') {
    if (state === 2) puppet.saySpoiled(0, 1, puppet.rightKey());
    else puppet.saySpoiled(0, 0);
  } else if (state === 1) {
    puppet.saySpoiled(1, 0, puppet.makeSeed());
  } else {
    puppet.saySpoiled(1, 1, true);
  }
}

const WAYS: Readonly<
  Record<TableRole, Partial<Record<StateName, readonly ((puppet: TablePuppet) => void)[]>>>
> = {
  server: {
    // with a seed that has run out, so that there is a key that was right
    Untrusted: [askForSeed, (puppet) => puppet.clock.advance(SEED_LIFETIME_MS)],
    'Seed sent': [askForSeed],
    Trusted: [askForSeed, (puppet) => give(puppet, 'KEY request, valid')],
  },
  client: {
    Untrusted: [],
    'Seed requested': [authenticate],
    'Key sent': [authenticate, (puppet) => give(puppet, 'SEED response')],
    Trusted: [
      authenticate,
      (puppet) => give(puppet, 'SEED response'),
      (puppet) => give(puppet, 'KEY response, ok'),
    ],
  },
};

function askForSeed(puppet: TablePuppet): void {
  give(puppet, 'SEED request');
}

function authenticate(puppet: TablePuppet): void {
  puppet.authenticate();
}

/** Brings the session into a state, on a link of its own. */
export function bringInto(puppet: TablePuppet, state: StateName): void {
  const way = WAYS[puppet.role][state];
  if (way === undefined) throw new Error(`expected a state of a ${puppet.role}, got ${state}`);
  puppet.connect();
  for (const step of way) {
    step(puppet);
    puppet.clock.advance(0);
  }
}
