/** Stories of connections. */

import { isOneOf } from './codes.js';
import { LINKS } from './links.js';
import { type Case, countText, type Explanation, type Step, type Story, storyFrom } from './story.js';

const LOST: Explanation = {
  title: 'The connection was lost',
  why: 'Nobody on this side closed it.',
  next: "Look at the peer's log at this moment, and at the network between the two.",
};

const linkOf = (reason: string): Explanation => (isOneOf(LINKS, reason) ? LINKS[reason] : LOST);

export function linkLost(of: Case): Story {
  const { title, why, next } = linkOf(of.text('reason'));
  const waiting = of.number('requestsWaiting') ?? 0;
  const queued = of.number('requestsQueued') ?? 0;
  const unfinished = of.number('unfinishedBytes') ?? 0;
  const lost =
    waiting === 0
      ? ''
      : ` ${waiting === 1 ? 'A request was' : `${waiting} requests were`} on the way; whether the peer acted on ${waiting === 1 ? 'it' : 'them'} is unknown.`;
  const mute = of.is('isMute') ? ' It had not sent a single message on this connection.' : '';
  const steps: Step[] = of.is('isMute')
    ? [
        {
          text: 'Something accepts connections and hangs up: a server that turns this side away (its log and counters say why), one that serves one client at a time, or a front without a server behind it. Ask it by hand:',
          code: `socket-protocol ping ${of.address}`,
        },
      ]
    : [];
  return {
    title: waiting > 0 ? `${title} with ${countText(waiting, 'request')} unanswered` : title,
    why: `${why}${lost}${mute}`,
    facts: of.facts(
      ['Requests without an answer', String(waiting)],
      ['Requests not written yet', queued === 0 ? '' : String(queued)],
      ['It had been open for', of.time('openMs')],
      ['Cut in the middle of a frame', unfinished === 0 ? '' : countText(unfinished, 'byte')],
      ['During the authentication', of.is('wasAuthenticating') ? 'yes' : ''],
      ['What was noted', of.text('detail')],
      of.happened,
    ),
    next: [...steps, { text: next }, ...AFTER_LOSS],
  };
}

const AFTER_LOSS: readonly Step[] = [
  {
    text: 'A client with this library connects anew by itself. A request whose outcome is unknown is repeated only where that does no harm:',
    code: 'session.use(retry())',
  },
];

export function resetAgain(of: Case): Story {
  return {
    title: 'The connection is reset again and again',
    why: 'A reset (ECONNRESET) is how a connection ends whose program died or closed it with data unread, or that something in between cut off. In a row it is no accident.',
    facts: of.facts(['Resets', of.text('times')], ['Within', of.time('withinMs')]),
    next: [
      {
        text: "Look at the peer's log at these moments: its program may crash, for example at a message that this side sends first.",
      },
      {
        text: 'Look at what is in between: firewalls and load balancers reset connections that they do not know.',
      },
      {
        text: 'See what was last said before a reset:',
        code: `socket-protocol proxy 17018 ${of.address} --record reset.jsonl`,
      },
    ],
  };
}

export function hangsUpAgain(of: Case): Story {
  const mute = of.number('mute') ?? 0;
  const isMute = mute > 0 && of.number('times') === mute;
  return {
    title: isMute
      ? 'Something accepts the connection and hangs up, again and again'
      : 'The peer hangs up again and again',
    why: isMute
      ? 'It closes each connection without a single message: a server that turns this side away, one that serves one client at a time and has one, or a front (a proxy, a load balancer, a container that forwards the port) without a server behind it.'
      : 'It closes each connection in good order a while after it opened: its program restarts or decides to end the session, or its server turns this side away.',
    facts: of.facts(
      ['Hung up', `${of.text('times')} times`],
      ['Within', of.time('withinMs')],
      ['Before it had said anything', mute === 0 ? '' : `${mute} times`],
    ),
    next: [
      {
        text: "Look at the peer's log. The counters of a server with this library say why it turns peers away:",
        code: 'console.log(server.counters)',
      },
      {
        text: 'Look whether another client has the only place: a server with the Python module serves one at a time.',
      },
      {
        text: 'Look whether a server listens behind the front, on the machine of the server itself:',
        code: 'ss -ltnp',
      },
    ],
  };
}

export function halfOpen(of: Case): Story {
  const peer = of.text('peer');
  const requests = of.number('unansweredRequests') ?? 0;
  const heartbeats = of.number('unansweredHeartbeats') ?? 0;
  return {
    title: 'The connection is half open: it looks alive, and nobody is there',
    why: `Nothing came from the ${peer} any more, not even the answer to a heartbeat, which any peer gives at once; and nobody closed the connection. Its program is frozen, its machine is off or asleep, or packets get lost in between.`,
    facts: of.facts(
      ['Silent for', of.time('silentMs')],
      ['Heartbeats without an answer', String(heartbeats)],
      ['Requests without an answer', String(requests)],
    ),
    next: [
      { text: 'Look whether the machine of the peer answers at all:', code: `ping ${hostOf(of.address)}` },
      {
        text: 'Look whether its program still runs, on that machine (T: it was stopped):',
        code: 'ps -eo pid,stat,cmd',
      },
      {
        text: 'If both are well, look at the network in between: a cable, a radio link, a firewall that has forgotten the connection.',
      },
      {
        text: 'A peer that is only busy for longer than the heartbeat allows needs a longer time:',
        code: 'heartbeat: { interval: 20_000, timeout: 30_000 }',
      },
    ],
  };
}

function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

export function peerDoesNotRead(of: Case): Story {
  const { title, why, next } = linkOf(of.text('reason'));
  return storyFrom(
    { title, why, next },
    of.facts(['Requests without an answer', of.text('requestsWaiting')], of.happened),
    [
      {
        text: 'A program with the Python module does not read while one of its callbacks runs. If the peer is only slow, give it more time:',
        code: 'slowConsumerTimeout: 60_000',
      },
    ],
  );
}

export function limitExceeded(of: Case): Story {
  return storyFrom(linkOf(of.text('reason')), of.facts(['What was noted', of.text('detail')], of.happened));
}

export function connectFailed(of: Case): Story {
  const reason = of.text('reason');
  const { title, why, next } = linkOf(reason);
  const inARow = of.number('inARow') ?? 1;
  const again = inARow > 1 ? `, ${inARow} times in a row` : '';
  return {
    title: `${title}${again}`,
    why,
    facts: of.facts(
      ['What the system says', of.text('detail')],
      ['Attempts that failed', String(of.entry.count)],
    ),
    next: [{ text: next }, ...stepsOfConnecting(reason)],
  };
}

function stepsOfConnecting(reason: string): readonly Step[] {
  return (isOneOf(STEPS_OF_CONNECTING, reason) ? STEPS_OF_CONNECTING[reason] : undefined) ?? [];
}

const STEPS_OF_CONNECTING: Readonly<Record<string, readonly Step[]>> = {
  'connection-refused': [
    { text: 'See what listens, on the machine of the server:', code: 'ss -ltnp' },
    { text: 'A server that listens on 127.0.0.1 can be reached from its own machine alone.' },
  ],
  'host-unreachable': [{ text: 'See which way the packets would go:', code: 'ip route get ADDRESS' }],
  'name-not-found': [{ text: 'Ask the name server:', code: 'getent hosts NAME' }],
};

export function otherProtocol(of: Case): Story {
  const reason = of.text('reason');
  if (of.text('own') === 'server') return otherClient(of);
  const explanation = isOneOf(LINKS, reason)
    ? LINKS[reason]
    : {
        title: 'The peer speaks another protocol',
        why: `The first bytes from it are those of another protocol (${of.text('detail')}).`,
        next: 'Check host and port: another program has this port. If the peer encrypts this protocol, set tls on this side, too.',
      };
  return storyFrom(explanation, of.facts(of.happened));
}

const PROTOCOLS: Readonly<Record<string, readonly [name: string, program: string]>> = {
  'peer-speaks-http': ['HTTP', 'a browser, a health check or a scanner'],
  'peer-speaks-tls': [
    'TLS',
    'a browser with https:, or a client of this protocol with tls, which this server has not',
  ],
  'peer-speaks-ssh': ['SSH', 'an SSH client or a scanner'],
};

/** A server did not choose its peer. */
function otherClient(of: Case): Story {
  const [name, program] = PROTOCOLS[of.text('reason')] ?? ['another protocol', 'another program'];
  const client = of.where.client;
  return {
    title: `A client speaks ${name} to this server`,
    why: `The first bytes from ${client ?? 'it'} are those of ${name}: ${program} has this port for that of something else.`,
    facts: of.facts(['Address', client ?? ''], of.happened),
    next: [
      {
        text: 'If the device is meant, correct host and port there, or its tls. To see whose connections there are, on the machine of that address:',
        code: 'ss -tnp',
      },
      { text: 'If nobody is meant, it does no harm: the connection is closed.' },
    ],
  };
}
