import { contract, execute, read, write } from 'socket-protocol';

/** A schema of nobody's library. */
const schema = (what, isSo) => ({
  '~standard': {
    version: 1,
    vendor: 'home-made',
    validate: (value) =>
      isSo(value) ? { value } : { issues: [{ message: `no ${what}: ${value}`, code: what }] },
    jsonSchema: { input: () => ({ type: what }), output: () => ({ type: what }) },
  },
});

export const thermostat = contract({
  time: read(
    0,
    schema('string', (value) => typeof value === 'string'),
  ),
  led: write(
    7,
    schema('number', (value) => typeof value === 'number'),
  ),
  reboot: execute(1),
});
