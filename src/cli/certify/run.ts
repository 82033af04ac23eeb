/** Runs one rule after the other, and has each judged. */

import type { Codec } from '../../wire/codec.js';
import { CannotTalk, Conversation, type ConversationSettings, DidNotCome } from './conversation.js';
import { clientEnd, serverEnd } from './end.js';
import { type LinkRecord, unreadIn } from './record.js';
import type { Need, Rule, Say, Subject, TalkRule, Verdict } from './rule.js';
import { sayTo } from './say.js';
import { type Survey, survey, type Wishes } from './survey.js';
import { surveyClient } from './survey-client.js';
import { NO_TOTALS, type Totals, withRecord } from './totals.js';
import { notJudged } from './verdicts.js';

/** What became of a rule. */
export interface Result {
  readonly rule: Rule;
  readonly verdict: Verdict;
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

/** Hears how a run goes. */
export interface Listener {
  surveyed(survey: Survey): void;
  judged(result: Result, record: LinkRecord): void;
}

/** What came of a run. */
export interface Outcome {
  readonly survey: Survey;
  readonly results: readonly Result[];
  readonly totals: Totals;
}

/** A peer that could not be talked to for so many rules is not asked any more. */
const MAX_UNREACHED = 3;

/** What is waited for what should not come: three times what an answer takes, within these bounds. */
const MIN_SETTLE_MS = 40;
const MAX_SETTLE_MS = 1_000;

/** What a run needs of the world. */
export interface RunSettings extends Omit<ConversationSettings, 'end' | 'settleMs'> {
  /** How long to wait for a peer that connects, each time, in milliseconds; null: the peer listens. */
  readonly waitMs: number | null;
}

/**
 * Runs the rules against a peer.
 *
 * @param rules in the order in which they are run; those about everything that the peer sends come last
 * @param others codecs to try where the peer does not answer
 * @throws (rejects) as `survey` or `surveyClient` does, and the reason of an interruption
 */
export async function certify(
  rules: readonly Rule[],
  settings: RunSettings,
  wishes: Wishes,
  others: readonly Codec[],
  listener: Listener,
): Promise<Outcome> {
  const { waitMs } = settings;
  if (waitMs !== null) return await certifyClient(rules, { ...settings, waitMs }, wishes, others, listener);
  const ofAll = { ...settings, end: clientEnd(wishes.channel), settleMs: 0 };
  const surveyed = await survey(ofAll, wishes, others);
  return await runAll(rules, ofAll, surveyed, null, listener);
}

/** A peer that connects is kept as long as nothing is amiss: it may come back only after a while. */
async function certifyClient(
  rules: readonly Rule[],
  settings: RunSettings & { readonly waitMs: number },
  wishes: Wishes,
  others: readonly Codec[],
  listener: Listener,
): Promise<Outcome> {
  const endFor = (isGuarded: boolean) =>
    serverEnd({ channel: wishes.channel, waitMs: settings.waitMs, isGuarded });
  const ofSurvey = { ...settings, end: endFor(false), settleMs: 0 };
  await using talk = new Conversation(ofSurvey);
  const surveyed = await surveyClient(talk, ofSurvey, wishes, others);
  const ofRules = { ...ofSurvey, end: endFor(surveyed.subject.isGuarded) };
  return await runAll(rules, ofRules, surveyed, talk, listener);
}

async function runAll(
  rules: readonly Rule[],
  settings: ConversationSettings,
  surveyed: Survey,
  lasting: Conversation | null,
  listener: Listener,
): Promise<Outcome> {
  // waits end at once then, and say nothing about the peer
  settings.interrupted.throwIfAborted();
  listener.surveyed(surveyed);
  const { subject, answerMs } = surveyed;
  const settleMs = Math.min(MAX_SETTLE_MS, Math.max(MIN_SETTLE_MS, 3 * (answerMs ?? 0)));
  const run = new Run({ ...settings, settleMs }, subject, lasting, listener);
  for (const rule of rules) {
    if ('steps' in rule) await run.talk(rule);
    settings.interrupted.throwIfAborted();
  }
  for (const rule of rules) if ('judgeTotals' in rule) run.watch(rule);
  return { survey: surveyed, results: run.results, totals: run.totals };
}

class Run {
  readonly results: Result[] = [];
  totals = NO_TOTALS;
  readonly #settings: ConversationSettings;
  readonly #subject: Subject;
  /** The conversation of all rules; null: each has its own. */
  readonly #lasting: Conversation | null;
  readonly #listener: Listener;
  #unreached = 0;
  /** Why nothing more can be judged, once that is so. */
  #absence: string | null = null;
  /** The last rule after which the peer could be talked to. */
  #lastReached: string | null = null;
  /** Whether the connection of the lasting conversation is as good as a new one. */
  #isSound: boolean;

  constructor(
    settings: ConversationSettings,
    subject: Subject,
    lasting: Conversation | null,
    listener: Listener,
  ) {
    this.#settings = settings;
    this.#subject = subject;
    this.#lasting = lasting;
    this.#listener = listener;
    this.#isSound = subject.silence === null && subject.distrust === null;
  }

  async talk(rule: TalkRule): Promise<void> {
    const lack = this.#lackOf(rule);
    if (lack !== null) return this.#judged({ rule, verdict: notJudged(lack), ms: 0 }, []);
    const lasting = this.#lasting;
    if (lasting !== null) {
      lasting.begin(this.#settings, this.#isSound);
      return await this.#talk(rule, lasting);
    }
    await using conversation = new Conversation(this.#settings);
    await this.#talk(rule, conversation);
  }

  async #talk(rule: TalkRule, conversation: Conversation): Promise<void> {
    const { clock, secret } = this.#settings;
    const startedMs = clock.now();
    const say = sayTo(this.#subject, secret);
    const verdict = await this.#verdictOf(rule, conversation, say);
    this.#isSound = verdict.kind === 'holds';
    this.totals = withRecord(this.totals, conversation.record);
    this.#judged({ rule, verdict, ms: clock.now() - startedMs }, conversation.record);
  }

  async #verdictOf(rule: TalkRule, conversation: Conversation, say: Say): Promise<Verdict> {
    try {
      await conversation.perform(rule.steps(say));
    } catch (error) {
      if (!(error instanceof CannotTalk)) throw error;
      this.#unreached++;
      if (error instanceof DidNotCome) this.#absence = error.message;
      else if (this.#unreached >= MAX_UNREACHED) this.#absence = 'the peer does not answer any more';
      const unread = this.#unreadIn(conversation);
      if (unread !== '') return this.#unreadable(unread);
      return notJudged(
        this.#lastReached === null ? error.message : `${error.message} (after ${this.#lastReached})`,
      );
    }
    this.#unreached = 0;
    this.#lastReached = rule.id;
    if (conversation.record.some(({ kind }) => kind === 'flooded'))
      return notJudged('the peer sent more than a rule can be about');
    const verdict = rule.judge(conversation.record, this.#subject, say);
    // an answer that seems to be missing may be one that could not be read, and rules of their own are about that
    const unread = this.#unreadIn(conversation);
    return isAccusation(verdict) && unread !== '' && rule.judgesUnread !== true
      ? this.#unreadable(unread)
      : verdict;
  }

  #unreadIn({ record }: Conversation): string {
    return unreadIn(record, this.#subject.role === 'client');
  }

  #unreadable(why: string): Verdict {
    return notJudged(this.#subject.silence ?? `the peer sends frames that cannot be read: ${why}`);
  }

  /** Judges a rule about everything that was sent. */
  watch(rule: Extract<Rule, { judgeTotals: unknown }>): void {
    const { messages, noiseBytes, faults } = this.totals;
    const isNothing = messages === 0 && noiseBytes === 0 && Object.keys(faults).length === 0;
    const verdict = isNothing ? notJudged('no frame came') : rule.judgeTotals(this.totals);
    this.#judged({ rule, verdict, ms: 0 }, []);
  }

  #judged(result: Result, record: LinkRecord): void {
    this.results.push(result);
    this.#listener.judged(result, record);
  }

  #lackOf(rule: TalkRule): string | null {
    const { silence } = this.#subject;
    if (silence !== null && rule.judgesWithout !== 'answers') return silence;
    if (this.#absence !== null) return `${this.#absence} (after ${this.#lastReached ?? 'the first look'})`;
    return lackOf(rule, this.#subject);
  }
}

function isAccusation({ kind }: Verdict): boolean {
  return kind === 'differs' || kind === 'observed';
}

const SECRET_NEEDED = 'needs the secret: --secret-file FILE';

const LACKS: Readonly<Record<Need, (subject: Subject) => string | null>> = {
  'guarded peer': ({ role, isGuarded }) =>
    isGuarded ? null : role === 'server' ? 'the peer has no secret' : 'the peer asks for no seed',
  'guarded peer or secret': ({ isGuarded, hasSecret }) =>
    isGuarded || hasSecret ? null : 'the peer asks for no seed; if it has a secret: --secret-file FILE',
  'unguarded peer': ({ isGuarded }) => (isGuarded ? 'the peer has a secret' : null),
  'turns strangers away': ({ turnsAway }) =>
    turnsAway ? null : 'the peer answers strangers as well (authentication/before-trust)',
  secret: ({ hasSecret, distrust }) => (hasSecret ? distrust : SECRET_NEEDED),
  // the key of a peer that connects is taken unseen
  access: ({ role, isGuarded, hasSecret, distrust }) =>
    role === 'server' && isGuarded && !hasSecret ? SECRET_NEEDED : distrust,
  // one that connects answers READ of anything
  data: ({ role, dataId }) =>
    role === 'server' && dataId === null ? 'no data was found that can be read: --data-id ID' : null,
  pure_json: ({ codec }) => (codec.name === 'pure_json' ? null : `the peer speaks ${codec.name}`),
  channel: ({ channel }) => (channel === null ? 'the peer may keep the name: --channel NAME' : null),
  'named peer': ({ peerName, channel }) =>
    peerName === null || peerName === channel ? 'the peer has no other name' : null,
  'nameless peer': ({ peerName, channel }) =>
    peerName === null || peerName === channel ? null : 'the peer has another name',
  write: ({ write }) => (write === null ? 'read-only: --allow-write ID=DATA' : null),
  execute: ({ execute }) => (execute === null ? 'read-only: --allow-execute ID' : null),
  attacks: ({ allowsAttacks }) =>
    allowsAttacks ? null : 'the peer may lock us out, or not survive: --allow-attacks',
};

/** What a rule needs and does not have, in words; null: nothing. */
export function lackOf({ needs = [], judgesWithout }: Rule, subject: Subject): string | null {
  const known = judgesWithout === 'trust' ? { ...subject, distrust: null } : subject;
  for (const need of needs) {
    const lack = LACKS[need](known);
    if (lack !== null) return lack;
  }
  return null;
}
