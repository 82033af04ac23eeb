/** The process of one stage: `stage-process.js NAME CONTEXT`; posts what was reached to its parent. */

import type { StageContext } from './stage.js';
import { loadStage } from './stages.js';

const [name = '', json = '{}'] = process.argv.slice(2);
let uncaught = 0;
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    uncaught++;
    console.error(`${name}: ${event}:`, error);
  });
}

const stage = await loadStage(name);
const context = { ...(JSON.parse(json) as StageContext), say: (line: string) => console.log(`  ${line}`) };
const reached = await stage.run(context);
await new Promise((resolve) => setImmediate(resolve));
const result = reached.map((each) =>
  uncaught === 0
    ? each
    : {
        ...each,
        isReached: false,
        failures: [...(each.failures ?? []), `${uncaught} errors were not caught`],
      },
);
process.send?.(result, () => process.exit(0));
