/** Stories of sides that do not come to trust each other. */

import { AUTHENTICATIONS } from './authentications.js';
import { isOneOf } from './codes.js';
import { LINKS } from './links.js';
import { DIFFERENT_SECRETS } from './secrets.js';
import { type Case, type Step, type Story, storyFrom } from './story.js';

/** Where each kind of program takes its secret from. */
const WHERE_SECRETS_ARE: readonly Step[] = [
  {
    text: 'The command line reads a file, and drops the line break at its end:',
    code: '--secret-file secret.txt',
  },
  { text: 'A program with this library:', code: "secret: readFileSync('secret.txt', 'utf8').trim()" },
  { text: 'A program with the Python module:', code: "secret=open('secret.txt').read().strip()" },
];

export function wrongSecret(of: Case): Story {
  const wrongKeys = of.number('wrongKeys');
  return {
    title: DIFFERENT_SECRETS.title,
    why: DIFFERENT_SECRETS.why,
    facts: of.facts(['Wrong keys on this connection', wrongKeys === null ? '' : String(wrongKeys)]),
    next: [
      {
        text: 'Compare the secrets of both sides byte by byte: a trailing space makes a difference. A fingerprint shows it without the secret:',
        code: "tr -d '\\r\\n' < secret.txt | sha256sum",
      },
      ...WHERE_SECRETS_ARE,
    ],
  };
}

export function serverWithoutSecret(of: Case): Story {
  return {
    title: 'The server has no secret',
    why: 'The client wants to authenticate. Asked for a seed, the server answered that it does not know that service: it has no secret to compare with.',
    facts: [],
    next: [
      {
        text: 'If this link is to be protected, start the server with the secret of the client:',
        code: 'socket-protocol serve --secret-file secret.txt',
      },
      { text: 'A server with the Python module:', code: 'pure_json_protocol(comm, secret=secret)' },
      {
        text: 'If it is not, leave out the secret of the client (--secret-file, SOCKET_PROTOCOL_SECRET, secret):',
        code: `env -u SOCKET_PROTOCOL_SECRET socket-protocol inspect ${of.address}`,
      },
    ],
  };
}

export function clientWithoutSecret(of: Case): Story {
  return {
    title: 'The server wants a secret, and the client shows none',
    why: 'The server has a secret, so it refuses everything before the client has authenticated. The client has not even begun to: it has no secret, or its program does not start the authentication.',
    facts: of.facts(['Refused', of.text('what')]),
    next: [
      {
        text: 'Give the client the secret of the server:',
        code: `socket-protocol inspect ${of.address} --secret-file secret.txt`,
      },
      { text: 'A client with this library:', code: "connect({ …, secret: 'the secret', autoAuth: true })" },
      {
        text: 'A client with the Python module authenticates by itself only with auto_auth; otherwise it has to call authentificate():',
        code: 'pure_json_protocol(comm, secret=secret, auto_auth=True)',
      },
    ],
  };
}

export function tooEarly(of: Case): Story {
  return {
    title: 'A request came before the authentication was finished',
    why: 'The client has begun to authenticate and did not wait for the verdict. Until the server trusts it, everything else is refused with "authentification required".',
    facts: of.facts(['Refused', of.text('what')]),
    next: [
      {
        text: 'In a client with this library, wait until it is trusted:',
        code: 'await session.authenticate()',
      },
      { text: 'In a client with the Python module:', code: 'prot.authentificate() or exit("not trusted")' },
      { text: 'If the authentication itself fails, its own trouble in this list says why.' },
    ],
  };
}

export function authenticationFailed(of: Case): Story {
  const reason = of.text('reason');
  if (isOneOf(AUTHENTICATIONS, reason)) return storyFrom(AUTHENTICATIONS[reason]);
  if (isOneOf(LINKS, reason)) return storyFrom(LINKS[reason]);
  return storyFrom({
    title: 'The authentication came to nothing',
    why: 'The client began to authenticate, and it did not become trusted.',
    next: 'Look at the messages of the authentication, and at the log of the server.',
  });
}

export function authenticationImpossible(of: Case): Story {
  return storyFrom(
    {
      title: 'This side cannot authenticate now',
      why: 'Only a client can start an authentication, and it needs a secret and a connection.',
      next: '“What is missing” says which of these it is.',
    },
    of.facts(['What is missing', of.text('detail')]),
  );
}
