/**
 * The test of the tests (figure B3): bugs that are planted in a copy of the compiled library, one at a time, and must be
 * found by the simulation. The library itself has no switch for them. Each is a mistake that an implementation of this
 * protocol could well make; one that is not found means that an invariant is missing.
 */

/** A place in a compiled file, and what stands there with the bug. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A bug, and how it is planted. */
export interface PlantedBug {
  readonly number: number;
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Where the hunt begins, for a bug that takes long to be found from the first seed. */
  readonly firstSeed?: number;
}

const AUTHENTICATOR = 'src/session/handshake/authenticator.js';
const HANDSHAKE = 'src/session/handshake/handshake.js';
const PENDING = 'src/session/asking/pending-requests.js';
const PLACES = 'src/session/asking/places.js';
const FRAMED = 'src/transport/framed-socket.js';
const ANSWERER = 'src/session/answering/answerer.js';
const AUTHENTICATION_MACHINE = 'machines/authentication.js';
const PENDING_MACHINE = 'machines/pending-request.js';

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

/** `accepts` that does not use the seed up, and states that do not forget it. */
const KEEP_SEED = [
  edit(
    AUTHENTICATOR,
    'const seed = this.#seed;\n        this.#seed = null;\n        // without',
    'const seed = this.#seed;\n        // without',
  ),
  edit(AUTHENTICATOR, 'forgetSeed() {\n        this.#seed = null;', 'forgetSeed() {'),
];

/** Where the lane of each role begins to say what it does in every state. */
const CLIENT_LANE = "initial: 'untrusted',\n            on: { 'link.closed'";
const SERVER_LANE = "initial: 'untrusted',\n            on: {\n";

const inClientLane = (transition: string): Edit =>
  edit(
    AUTHENTICATION_MACHINE,
    CLIENT_LANE,
    CLIENT_LANE.replace("'link.closed'", `${transition}, 'link.closed'`),
  );
const inServerLane = (transition: string): Edit =>
  edit(AUTHENTICATION_MACHINE, SERVER_LANE, `${SERVER_LANE}${transition},\n`);

/** The 26 bugs, in the order of the table. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    number: 1,
    name: 'seed not cleared after use',
    edits: [
      ...KEEP_SEED,
      edit(
        AUTHENTICATION_MACHINE,
        "target: 'untrusted',\n                                actions: [\n                                    'answer, after a penalty,",
        "actions: [\n                                    'answer, after a penalty,",
      ),
    ],
  },
  {
    number: 2,
    name: 'seed per server',
    edits: [
      edit(
        AUTHENTICATOR,
        "this.#seed = this.#randomBytes(SEED_BYTES).toString('hex');",
        "this.#seed = Authenticator.seed ??= this.#randomBytes(SEED_BYTES).toString('hex');",
      ),
    ],
  },
  {
    number: 3,
    name: 'KEY response accepted in any state',
    edits: [inClientLane("'peer.trustGranted': '.trusted'")],
  },
  {
    number: 4,
    name: 'seed response answered by server',
    edits: [
      edit(HANDSHAKE, 'isRequest !== isForServer)', '(isRequest && !isForServer))'),
      inServerLane("'peer.seedReceived': { actions: 'send the key' }"),
    ],
  },
  {
    number: 5,
    name: 'KEY without seed accepted',
    edits: [
      ...KEEP_SEED,
      inServerLane("'peer.keyAccepted': { target: '.trusted', actions: 'answer that the key is right' }"),
    ],
  },
  {
    number: 6,
    name: 'trust kept on reconnect',
    edits: [
      edit(
        AUTHENTICATION_MACHINE,
        "exit: 'report distrusted',\n                    on: {",
        "exit: 'report distrusted',\n                    on: { 'link.closed': {},",
      ),
      edit(
        AUTHENTICATION_MACHINE,
        "exit: 'report distrusted',\n                },",
        "exit: 'report distrusted',\n                    on: { 'link.closed': {} },\n                },",
      ),
    ],
  },
  {
    number: 7,
    name: 'whitelist compares sid only',
    edits: [
      edit(
        'src/session/sending/whitelist.js',
        'return this.#keys.has(messageKey(serviceId, dataId));',
        'return [...this.#keys].some((key) => Math.floor(Number(key) / 2 ** 32) === serviceId);',
      ),
    ],
  },
  {
    number: 8,
    name: 'pending entry not deleted on timeout',
    edits: [
      edit(
        PLACES,
        'this.leaveQueue(request);\n        request.payload = null;',
        "if (request.state.name !== 'timedOut') {\n            this.leaveQueue(request);\n            request.payload = null;\n        }",
      ),
    ],
  },
  {
    number: 9,
    name: 'no ghost',
    edits: [
      edit(
        PENDING_MACHINE,
        "after: { 'time left': { target: 'ghost',",
        "after: { 'time left': { target: 'timedOut',",
      ),
    ],
  },
  {
    number: 10,
    name: 'ghost never expires',
    edits: [
      edit(
        PENDING_MACHINE,
        "after: { 'late answer grace': { target: 'overdue', actions: 'reset the connection' } },",
        '',
      ),
    ],
  },
  {
    number: 11,
    name: 'reply delivered LIFO',
    edits: [
      edit(
        PENDING,
        'const first = this.firstInLine(message.serviceId, message.dataId);\n        if',
        'const first = this.#places.lineOf(message.serviceId, message.dataId)?.last ?? null;\n        if',
      ),
    ],
  },
  {
    number: 12,
    name: 'double settle on close + reply',
    edits: [
      edit(
        PENDING,
        'for (const request of this.#places.all())\n            this.#step(request, type);',
        "for (const request of this.#places.all()) {\n            if (type === 'link.closed' && request.state.name === 'waiting')\n                request.connectionLost(true);\n            this.#step(request, type);\n        }",
      ),
    ],
  },
  {
    number: 13,
    name: 'resend after reconnect',
    edits: [
      edit(PENDING, 'request.message = request.payload = null;\n        if (kind', 'if (kind'),
      edit(PENDING, 'import { GHOST }', 'import { GHOST, INITIAL_STATE }'),
      edit(
        PENDING,
        'for (const request of this.#places.all())\n            this.#step(request, type);',
        "for (const request of this.#places.all()) {\n            if (type === 'link.closed' && request.state.name === 'waiting') {\n                request.line.remove(request);\n                this.counts.inLine--;\n                request.state = INITIAL_STATE;\n                this.#places.enqueue(request);\n            }\n            else\n                this.#step(request, type);\n        }",
      ),
    ],
  },
  {
    number: 14,
    name: 'NotSent though written',
    edits: [
      edit(
        'src/session/asking/actions.js',
        "'settle as outcome unknown, connection lost': (_, request) => request.connectionLost(true),",
        "'settle as outcome unknown, connection lost': (_, request) => request.connectionLost(false),",
      ),
    ],
  },
  {
    number: 15,
    name: "old socket's bytes fed to the new parser",
    edits: [
      edit(
        FRAMED,
        'receive(chunk) {\n        if (this.#isClosed)\n            return this.#lingering?.received();',
        'receive(chunk) {',
      ),
    ],
  },
  {
    number: 16,
    name: 'parser keeps state over reconnect',
    edits: [
      edit(
        FRAMED,
        'this.#decoder.reset();\n        this.#unread = NOTHING;',
        'this.#unread = NOTHING;\n        this.#handler.decoder = this.#decoder;',
      ),
      edit(
        FRAMED,
        'this.#decoder.reset();\n        this.#watch.reached(null);',
        'this.#watch.reached(null);',
      ),
      edit(
        FRAMED,
        'this.#decoder = new StpDecoder(this)',
        'this.#decoder = handler.before ?? new StpDecoder(this)',
      ),
      edit(
        'src/transport/tcp-comm.js',
        'this.framed = new FramedSocket(',
        'this.before = comm.link?.decoder;\n            comm.link = this;\n            this.framed = new FramedSocket(',
      ),
    ],
  },
  {
    number: 17,
    name: 'limit checked after append',
    edits: [
      edit(
        'src/wire/stp.js',
        'const needed = this.#length + 1;\n        if (needed > this.maxFrameLength) {',
        'const needed = this.#length + 1;\n        if (this.#length > this.maxFrameLength) {',
      ),
      edit(
        'src/wire/stp.js',
        'if (this.#length >= this.maxFrameLength)',
        'if (this.#length > this.maxFrameLength)',
      ),
      edit('src/wire/stp.js', 'Math.min(room.bytes.length, this.maxFrameLength)', 'room.bytes.length'),
      edit('src/wire/stp.js', 'roomOf(Math.min(capacity, this.maxFrameLength))', 'roomOf(capacity)'),
    ],
  },
  {
    number: 18,
    name: 'CRC check skipped for empty data',
    edits: [
      edit(
        'src/wire/pure-json.js',
        'if (sum === expected)',
        "if (sum === expected || text.toString('latin1').endsWith('null}'))",
      ),
    ],
  },
  {
    number: 19,
    name: '`:=` at a chunk border',
    edits: [
      edit(
        'src/wire/stp.js',
        'this.#isStopped = false;\n        try {',
        'this.#isStopped = false;\n        if (this.#state === ESCAPE)\n            this.#state = COLLECTING;\n        try {',
      ),
    ],
  },
  {
    number: 20,
    name: '`drain` never resumes',
    edits: [
      edit(
        ANSWERER,
        'outputDrained() {\n        this.#parts.answers.drained();\n        this.callNext();',
        'outputDrained() {',
      ),
    ],
  },
  {
    number: 21,
    name: 'timer left after close',
    edits: [edit(ANSWERER, 'this.#timers?.stopAll();\n', '')],
  },
  {
    number: 22,
    name: 'callback rejection unhandled',
    edits: [
      edit(
        ANSWERER,
        ', (error) => settle(() => this.#failed(request, responseSid, error, trace, place)));',
        ');',
      ),
    ],
  },
  {
    number: 23,
    name: 'secret in context',
    edits: [
      edit(
        'src/session/actors.js',
        'role: effects.journal.role,\n        channelName,',
        'role: effects.journal.role,\n        secret,\n        channelName,',
      ),
      edit(
        'machines/session.js',
        'role: input.role,\n        channelName: input.channelName,',
        'role: input.role,\n        secret: input.secret,\n        channelName: input.channelName,',
      ),
    ],
  },
  {
    number: 24,
    name: 'channel name unescaped',
    edits: [
      edit(
        'src/session/handshake/peer-events.js',
        "typeof data === 'string' ? cleanName(data) : null",
        "typeof data === 'string' ? data : null",
      ),
    ],
  },
  {
    number: 25,
    name: 'a stream that takes bytes counts as a peer that lives',
    edits: [
      edit(
        'src/transport/link-watch.js',
        'this.#link.takesAtOnce || nowMs - this.#takenMs >= LEAST_WAIT_MS',
        'true',
      ),
    ],
  },
  {
    number: 26,
    name: 'flight recorder keeps seeds and keys',
    edits: [
      edit(
        'src/session/flight/recorder.js',
        'if (isOfSession(message.serviceId))\n            return this.#ownFrame(',
        'if (isOfSession(message.serviceId) && message.serviceId > 1)\n            return this.#ownFrame(',
      ),
    ],
  },
];
