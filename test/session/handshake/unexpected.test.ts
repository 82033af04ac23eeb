import { describe, expect, test } from 'vitest';
import { DID_AUTH_SEED, type Drop, SID_AUTH_RESPONSE, SID_CHANNEL_NAME_REQUEST } from '../../../src/index.js';
import { Pair } from '../../support/pair.js';

describe('a message of the handshake that nobody expects', () => {
  test('is dropped under its name, and shows nothing of what it carries', async () => {
    const pair = await Pair.connected({ client: { autoAuth: false } });
    const drops: Drop[] = [];
    pair.client.on('dropped', (drop) => drops.push(drop));
    await pair.server.send(SID_AUTH_RESPONSE, DID_AUTH_SEED, '5eed'.repeat(16));
    await pair.server.send(SID_CHANNEL_NAME_REQUEST, 0, 'garden');
    await pair.settle();
    const rest = ', in a state that does not expect it';
    expect(drops.map(({ reason }) => reason)).toEqual(['unexpected', 'unexpected']);
    expect(drops[0]?.detail).toMatch(new RegExp(`^authenti\\w+ response, data_id 0${rest}$`));
    expect(drops[1]?.detail).toMatch(new RegExp(`^channel name request, data_id 0${rest}$`));
    await pair.close();
  });
});
