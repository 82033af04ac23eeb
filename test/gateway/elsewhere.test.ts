/** What is passed on to where a device is now: with what is left of its time, not for ever, and honest about what may have been done. */

import { expect, test } from 'vitest';
import type { BusHeaders, BusMessage } from '../../src/bus/bus.js';
import { encodeClaimAnswer } from '../../src/gateway/claim-answers.js';
import { encodePresence } from '../../src/gateway/format/presence.js';
import { DAY_MS, type Place, Scene } from './scene.js';

const READ = 10;
const ANSWER = Buffer.from('{"service_id": 11, "data_id": 0, "status": 0, "data": "there"}');

/** A request that reaches a gateway right after another one has claimed its device, and what that one makes of it. */
async function passedOn(
  headers: BusHeaders,
  answer: (message: BusMessage) => void = () => {},
  prepare: (here: Place) => void = () => {},
) {
  const scene = new Scene();
  const here = await scene.open('one');
  await here.device('pump');
  prepare(here);
  const seen: (BusHeaders | null)[] = [];
  scene.bus.subscribe(
    'sp.pump.*.*',
    (message) => {
      seen.push(message.headers);
      answer(message);
    },
    { queue: 'sp' },
  );
  const claim = { event: 'arrived', device: 'pump', gateway: 'x', epoch: DAY_MS + 1, at: 'now' } as const;
  scene.bus.publish('sp.$presence', encodePresence(claim));
  const asked = scene.ask('pump', READ, 0, null, { headers });
  return { scene, here, seen, asked };
}

test.each([
  [{}, '1'],
  [{ 'Sp-Hops': '1' }, '2'],
  [{ 'Sp-Hops': '2' }, '3'],
])('says how often it was passed on: %o becomes %s', async (headers, hops) => {
  const { seen, asked } = await passedOn({ 'Sp-Timeout': '700', 'X-Trace': 'a', ...headers }, (message) =>
    message.respond(ANSWER, { 'Sp-Status': '0' }),
  );
  expect(await asked).toMatchObject({ answer: { data: 'there' } });
  expect(seen).toEqual([{ 'Sp-Timeout': '700', 'X-Trace': 'a', 'Sp-Hops': hops }]);
});

test.each(['3', '4', '-1', 'often'])('is not passed on where that was done "%s" times', async (hops) => {
  const { here, seen, asked } = await passedOn({ 'Sp-Hops': hops });
  expect(await asked).toMatchObject({ error: { code: 'ERR_NO_SUCH_PEER' } });
  expect(seen).toEqual([]);
  expect(here.gateway.stats()).toMatchObject({ forwarded: 0, inFlight: 0 });
});

test('may have been done where no answer comes in time', async () => {
  const { scene, seen, asked } = await passedOn({ 'Sp-Timeout': '700' });
  await scene.pass(700);
  expect(seen).toHaveLength(1);
  expect(await asked).toMatchObject({ error: { code: 'ERR_TIMEOUT', timeoutMs: 700, written: true } });
});

test('was done where its answer cannot be given back', async () => {
  const { asked } = await passedOn(
    {},
    (message) => message.respond(ANSWER, { 'Sp-Status': '0' }),
    ({ bus }) => {
      bus.guarded = (message) => ({
        ...message,
        respond: (data, headers) => {
          if (data.length > 0) throw new Error('it does not take this');
          message.respond(data, headers);
        },
      });
    },
  );
  expect(await asked).toMatchObject({ error: { code: 'ERR_BUS', reason: 'bus-failure', written: true } });
});

test('is not for a device whose name another gateway keeps', async () => {
  const scene = new Scene();
  const { gateway, device } = await scene.open('one');
  const refused = await device('pump');
  refused.onRead(0, () => 'here');
  scene.bus.subscribe('sp.pump.*.*', (message) => message.respond(ANSWER, { 'Sp-Status': '0' }), {
    queue: 'sp',
  });
  const answer = { verdict: 'refused', device: 'pump', about: DAY_MS, epoch: DAY_MS, gateway: 'x' } as const;
  scene.bus.publish(`sp.$gateway.${gateway.id}`, encodeClaimAnswer(answer));
  expect(await scene.ask('pump', READ, 0)).toMatchObject({ answer: { data: 'there' } });
  await scene.settle();
  expect(refused.isConnected()).toBe(false);
  expect(gateway.stats()).toMatchObject({ forwarded: 1, refusedByFlapping: 1 });
});
