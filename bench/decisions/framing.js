/** docs/decisions/framing.md: from which run without a colon on a native search and copy are worth their calls. */

import { nsPerCall, print, variant } from './measure.js';

const RUNS = [1, 8, 16, 32, 48, 64, 96, 1e9];
const envelope = '{"data_id": 0, "service_id": 11, "status": 0, "data": ';
const LENGTHS = { '24 characters': 24, '1 KiB': 1_024, '64 KiB': 65_536 };

const libraries = [];
for (const run of RUNS) {
  const folder = variant(`run-${run}`, 'src/wire/stp.js', 'LONG_RUN = 48', `LONG_RUN = ${run}`);
  libraries.push([run, await import(`${folder}/src/wire/stp.js`)]);
}

const rows = Object.entries(LENGTHS).map(([text, length]) => {
  const payload = Buffer.from(`${envelope}"${'x'.repeat(length)}"}1234`);
  const cases = libraries.map(([run, { encodeStp, StpDecoder }]) => {
    const decoder = new StpDecoder({ frame: () => {} });
    const frame = encodeStp(payload);
    return [run === 1e9 ? 'all' : `${run}`, () => decoder.push(frame)];
  });
  return { 'an answer of': text, ...nsPerCall(Object.fromEntries(cases)) };
});
print('Nanoseconds to decode a frame, by how many bytes of a run are taken one by one', rows);
