/**
 * B7: every transition of every machine of a session, driven on a real session and compared with the machine it comes from. The
 * contest for a name belongs to a server, which nobody inspects: its tests are in `test/server/name-contests.test.ts`.
 */

import { type Reached, replayLine, type Stage, type StageContext } from '../stage.js';
import { Coverage } from './coverage.js';
import { drive } from './drive.js';
import { MachineModel, textOfStimulus } from './model.js';
import { MAX_SIMPLE_PATH_LENGTH, MAX_SIMPLE_PATHS, planWalks } from './plan.js';
import { authenticationSubject } from './subject-authentication.js';
import { channelNameSubject } from './subject-channel-name.js';
import { connectionSubject } from './subject-connection.js';
import { drainSubject } from './subject-drain.js';
import { heartbeatSubject } from './subject-heartbeat.js';
import { pendingRequestSubject } from './subject-pending-request.js';
import { sessionSubject } from './subject-session.js';
import { watchSubject } from './subject-watch.js';
import { type Subject, stimuliOf, type Variant } from './variant.js';
import { edgesOf } from './walks.js';
import { watchWarnings } from './warnings.js';

const SUBJECTS: readonly Subject[] = [
  sessionSubject,
  connectionSubject,
  authenticationSubject,
  channelNameSubject,
  heartbeatSubject,
  pendingRequestSubject,
  drainSubject,
  watchSubject,
];

/** One difference mostly comes in hundreds of paths. */
const MAX_SHOWN_FAILURES = 5;

/** What one machine came to. */
interface Verdict {
  readonly taken: number;
  readonly all: number;
  readonly walks: number;
  readonly failures: readonly string[];
}

/** B7. */
export const machineModelStage: Stage = {
  name: 'machines against sessions',
  figures: ['B7'],
  async run(context) {
    const run = new Run(context);
    const verdicts: Verdict[] = [];
    const warnings = watchWarnings();
    for (const subject of SUBJECTS) verdicts.push(await run.subject(subject));
    return [reached(context, verdicts, await warnings.end())];
  },
};

function reached(
  { budget, replaySeed }: StageContext,
  verdicts: readonly Verdict[],
  warnings: readonly string[],
): Reached {
  const sum = (of: (verdict: Verdict) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const [taken, all, walks] = [sum(({ taken }) => taken), sum((each) => each.all), sum((each) => each.walks)];
  const failures = [...verdicts.flatMap((verdict) => verdict.failures), ...warnings];
  return {
    id: 'B7',
    what: 'transitions of the machines driven on real sessions, and compared',
    goal:
      budget === 'ci'
        ? '100 %, shortest paths'
        : `100 %, all simple paths ≤ ${MAX_SIMPLE_PATH_LENGTH} (at most ${MAX_SIMPLE_PATHS} of a role)`,
    reached: `${taken} of ${all} transitions in ${walks} walks`,
    isReached: failures.length === 0 && (taken === all || replaySeed !== null),
    failures,
  };
}

/** One run over all machines; the walks are numbered through, and that number is the seed of a replay. */
class Run {
  readonly #context: StageContext;
  #walks = 0;

  constructor(context: StageContext) {
    this.#context = context;
  }

  async subject(subject: Subject): Promise<Verdict> {
    const coverage = new Coverage(subject);
    const firstWalk = this.#walks;
    const failures: string[] = [];
    for (const variant of subject.variants)
      failures.push(...(await this.#variant(subject, variant, coverage)));
    if (this.#context.replaySeed === null) failures.push(...coverage.failures());
    const { taken, all } = coverage.transitions();
    this.#context.say(
      `B7 ${subject.name}: ${taken} of ${all} transitions, ${coverage.driven} edges driven, ` +
        `${coverage.tried} tried that the table says cannot be caused, ${this.#walks - firstWalk} walks`,
    );
    return { taken, all, walks: this.#walks - firstWalk, failures };
  }

  async #variant(subject: Subject, variant: Variant, coverage: Coverage): Promise<string[]> {
    const model = await modelOf(subject, variant);
    const edges = edgesOf(model, {
      stimuliOf: (state) => stimuliOf(variant, state, model.nextTimerMs(state)),
      isPossible: (value, stimulus) =>
        stimulus.type !== 'event' || !coverage.isUnreachable(variant, value, stimulus.event.type),
      bounded: subject.bounded ?? ((context) => context),
    });
    const failures: string[] = [];
    for (const walk of planWalks({ variant, edges, coverage, budget: this.#context.budget })) {
      const seed = this.#walks++;
      const { replaySeed, say } = this.#context;
      // the walks that are left out are numbered all the same
      if ((replaySeed ?? seed) !== seed || failures.length >= MAX_SHOWN_FAILURES) continue;
      const differences = await drive({ variant, model, coverage }, walk);
      if (replaySeed !== null)
        say(`${subject.name}, ${variant.name}: ${walk.stimuli.map(textOfStimulus).join(' → ')}`);
      if (differences.length === 0) continue;
      for (const line of differences.slice(0, replaySeed === null ? 1 : undefined))
        say(`${subject.name}, ${line}`);
      failures.push(`${subject.name}, ${differences[0]}; ${this.#replayLine(seed)}`);
    }
    return failures;
  }

  /** The number of a walk means something only within its budget. */
  #replayLine(seed: number): string {
    const { budget } = this.#context;
    return `${replayLine('B7', seed)}${budget === 'ci' ? '' : ` --budget=${budget}`}`;
  }
}

/** The model of a machine with the very input that the machine of a real session has. */
async function modelOf(subject: Subject, variant: Variant): Promise<MachineModel> {
  const { bench } = await variant.open();
  const input = bench.watcher.inputOf(variant.actorId);
  await bench.close();
  return new MachineModel(subject.machine, variant.fields(input));
}
