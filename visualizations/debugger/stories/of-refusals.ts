/** Stories of peers that a server refused before they had a session, by cause. */

import type { RefusalCause } from '../../../src/session/journal/refusal-door.js';
import { isOneOf } from './codes.js';
import { LINKS } from './links.js';
import { type Case, countText, type Step, type Story } from './story.js';

/** What a cause means; its title goes on after "192.0.2.7 was refused: ". */
interface Refused {
  readonly title: string;
  readonly why: string;
  next(of: Case): readonly Step[];
}

/** What the server listens on: `17017`. */
function portOf(of: Case): string {
  return /:(\d+)$/.exec(of.text('listener'))?.[1] ?? 'PORT';
}

/** Where the server can be reached from its own machine. */
function serverOf(of: Case): string {
  return `127.0.0.1:${portOf(of)}`;
}

const connections = (of: Case): Step => ({
  text: 'See which addresses have the connections, on the machine of the server:',
  code: `ss -Htn state established 'sport = :${portOf(of)}' | awk '{print $4}' | sed 's/:[0-9]*$//' | sort | uniq -c`,
});

const dead: Step = {
  text: 'A device that came back without closing its old connection has two of them, until the heartbeat finds the old one dead. If there are many of those, give the clients a heartbeat, or a shorter one.',
};

const proxyHeaderSteps = (of: Case): readonly Step[] => [
  { text: 'Let the proxy send it; in HAProxy:', code: `server devices ${serverOf(of)} send-proxy-v2` },
  {
    text: 'If a device connects from this address itself, it is no proxy: leave the address out of proxies.',
  },
];

/** One of a connection that has a session, or has none yet. */
function asLink(reason: keyof typeof LINKS, title: string): Refused {
  const { why, next } = LINKS[reason];
  return { title, why, next: () => [{ text: next }] };
}

/** Exhaustive: a cause without a story does not compile. */
const REFUSED: Readonly<Record<RefusalCause, Refused>> = {
  'too-many-connections': {
    title: 'the server has too many connections',
    why: 'It has as many as it may (maxConnections), and closed this one at once. The device sees that its peer hangs up.',
    next: (of) => [
      connections(of),
      dead,
      { text: 'If all of them are wanted, allow more:', code: 'maxConnections: 10_000' },
    ],
  },
  'too-many-connections-of-address': {
    title: 'too many connections come from this address',
    why: 'It has as many as one address may have (maxConnectionsPerAddress), and this one was closed at once.',
    next: (of) => [
      connections(of),
      dead,
      {
        text: 'If many devices share the address (a router, a tunnel), say so, or allow more of each:',
        code: `sharedAddresses: ['127.0.0.1', '::1', '${of.text('lastAddress')}']`,
      },
    ],
  },
  'too-many-handshakes': {
    title: 'too many handshakes are under way',
    why: 'All places for peers that have not authenticated (maxUntrustedConnections) are taken, and half of them by this network.',
    next: (of) => [
      connections(of),
      {
        text: 'A whole fleet that comes back at once gets in by itself, as each client tries again. If this lasts, look for clients that begin to authenticate and never finish.',
      },
    ],
  },
  'too-many-untrusted': asLink('too-many-untrusted', 'its place was needed, and it was not authenticating'),
  'too-many-untrusted-messages': asLink('too-many-untrusted-messages', 'it sent too much before trust'),
  'too-many-guesses': asLink('too-many-guesses', 'too many wrong keys come from its address'),
  'handshake-timeout': asLink('handshake-timeout', 'it did not authenticate in time'),
  'out-of-file-descriptors': {
    title: 'the server has no file descriptors left',
    why: 'Each connection takes one, and the system gives the process no more. Connections are closed as soon as they are accepted.',
    next: () => [
      { text: 'Allow more in the shell or service that starts the server:', code: 'ulimit -n 65536' },
      { text: 'If that is plenty, look at what the process has open:', code: 'ls -l /proc/PID/fd | tail' },
    ],
  },
  'tls-certificate-invalid': {
    title: 'its certificate is not accepted',
    why: 'It has expired, or no authority that the server knows (tls.ca) has signed it, or the client showed none. The detail has the words of OpenSSL.',
    next: () => [
      {
        text: 'Look at the dates and the issuer of the certificate of the device:',
        code: 'openssl x509 -in device.pem -noout -subject -issuer -dates',
      },
      {
        text: 'See whether the authority of the server stands for it:',
        code: 'openssl verify -CAfile ca.pem device.pem',
      },
    ],
  },
  'tls-certificate-refused': {
    title: 'it does not accept the certificate of this server',
    why: 'The device ended the TLS handshake: it does not know the authority, expects another name, or the certificate has expired.',
    next: (of) => [
      {
        text: 'Look at what the server shows:',
        code: `echo | openssl s_client -connect ${serverOf(of)} 2>&1 | openssl x509 -noout -subject -issuer -dates -ext subjectAltName`,
      },
      {
        text: 'Give the device the authority of the server (tls.ca), and a name that is in the certificate (tls.servername).',
      },
    ],
  },
  'tls-psk-refused': {
    title: 'its pre-shared key does not fit',
    why: 'The two sides made their TLS keys of different secrets, or of different names.',
    next: () => [
      {
        text: 'Compare the secrets of both programs. These two lines must be the same:',
        code: 'sha256sum secret.txt',
      },
      { text: 'Compare tls.servername, and tls.pskIdentity where the server has a secret for each client.' },
    ],
  },
  'tls-handshake-failed': {
    title: 'the TLS handshake failed',
    why: 'The two sides found no common ground, or the device hung up in the middle. The detail has the words of OpenSSL.',
    next: (of) => [
      {
        text: 'See how far a handshake gets from here:',
        code: `echo | openssl s_client -connect ${serverOf(of)}`,
      },
      {
        text: 'If the peer "did not return a certificate", the server asks for one (tls.requestCert). Give the device its own:',
        code: 'tls: { ca, cert, key }',
      },
      { text: "Otherwise give both sides certificates, or both tls: 'psk'." },
    ],
  },
  'tls-handshake-timeout': {
    title: 'its TLS handshake took too long',
    why: 'It connected, and did not go on with the handshake within tls.handshakeTimeout: it speaks no TLS and waits for the server, or it hangs.',
    next: (of) => [
      {
        text: 'See whether a client with TLS gets in:',
        code: `echo | openssl s_client -connect ${serverOf(of)}`,
      },
      { text: 'Set tls in the device. Raise tls.handshakeTimeout only for very slow links.' },
    ],
  },
  'peer-speaks-no-tls': {
    title: 'it does not speak TLS',
    why: 'This server encrypts, and the first bytes of the device were plain: this protocol without TLS, a browser with http:, SSH, or another program.',
    next: (of) => [
      {
        text: 'Set tls in the device, in the form that the server has:',
        code: `connect({ port: ${portOf(of)}, tls: { ca } })`,
      },
      {
        text: 'If it is no device of yours, find the program on the machine of that address; it has the wrong port.',
      },
    ],
  },
  'peer-name-mismatch': asLink('peer-name-mismatch', 'it claimed a name that is not its own'),
  'peer-name-failed': {
    title: 'peerName gave no name for it',
    why: 'The function peerName of this program threw, or returned no name that can be used. The detail has what it said.',
    next: () => [
      {
        text: 'Let it return a name of at least one character, or nothing for peers that may call themselves what they like:',
        code: 'peerName: ({ certificate }) => certificate?.commonName',
      },
    ],
  },
  'name-taken-over': asLink('name-taken-over', 'a newer peer has its name'),
  'name-taken': asLink('name-taken', 'another peer has its name already'),
  'name-flapping': asLink('name-flapping', 'peers took its name from each other'),
  'proxy-header-invalid': {
    title: 'no PROXY protocol header came first',
    why: 'The address is one of a proxy (proxies), and its connections must begin with a header of version 2 that says whose they are. Whatever came was none.',
    next: proxyHeaderSteps,
  },
  'proxy-header-timeout': {
    title: 'its PROXY protocol header took too long',
    why: 'The address is one of a proxy (proxies), which sends the header as soon as it is connected. This one connected and said nothing: a device waits for its server, a proxy does not.',
    next: proxyHeaderSteps,
  },
  'server-closing': {
    title: 'the server is closing',
    why: 'Its program has called close, and takes nobody any more; with drain it goes on for a while with those that it has.',
    next: () => [
      {
        text: 'Nothing, if the program was meant to end. Otherwise look for what calls it:',
        code: 'server.close()',
      },
    ],
  },
  'set-up-failed': {
    title: 'the program could not set up its session',
    why: 'What the program does with a new session (onSession, or a listener of "session") failed, and the connection was closed. The detail has the error.',
    next: () => [
      {
        text: 'Each of them is an event, with the error and the session:',
        code: "server.on('sessionError', (error, session) => console.error(session.peerAddress, error))",
      },
    ],
  },
};

const UNKNOWN: Refused = {
  title: 'the server did not take it',
  why: 'It was turned away before it had a session.',
  next: () => [],
};

/** How often each of them happened, of all peers. */
const COUNTERS: Step = {
  text: 'A program has the counts of all of them, by reason:',
  code: 'console.log(server.counters)',
};

export function peerRefused(of: Case): Story {
  const reason = of.text('reason');
  const { title, why, next } = isOneOf(REFUSED, reason) ? REFUSED[reason] : UNKNOWN;
  const address = of.text('address') === '' ? 'A peer' : of.text('address');
  const [verb, last] = /^other /.test(address) ? ['were', of.text('lastAddress')] : ['was', ''];
  const times = of.entry.count === 1 ? '' : `${countText(of.entry.count, 'time')}`;
  const who = `${address.charAt(0).toUpperCase()}${address.slice(1)}`;
  return {
    title: `${who} ${verb} refused${times === '' ? '' : ` ${times}`}: ${title}`,
    why,
    facts: of.facts(
      ['Address', address],
      ['The last of them', last],
      ['Refused', of.entry.count === 1 ? 'once' : times],
      ['Server', of.text('listener')],
      ['What was noted', of.text('detail')],
    ),
    next: [...next(of), COUNTERS],
  };
}
