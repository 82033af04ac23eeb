/** What is measured. */

/** Echoes: so many bytes, so many in flight. */
export const ECHOES = [
  { id: '24B-1', what: '24 characters, 1 in flight', byteLength: 24, inFlight: 1 },
  { id: '24B-64', what: '24 characters, 64 in flight', byteLength: 24, inFlight: 64 },
  { id: '24B-1000', what: '24 characters, 1,000 in flight', byteLength: 24, inFlight: 1_000 },
  { id: '1K-16', what: '1 KiB, 16 in flight', byteLength: 1_024, inFlight: 16 },
  { id: '64K-16', what: '64 KiB, 16 in flight', byteLength: 65_536, inFlight: 16 },
];

/** More and more in flight, our own session only: what does one more cost? */
export const DEPTHS = [10, 100, 1_000, 10_000];

/** How long and how often; the warm-ups end earlier where they get no faster. Code that has not run for a second is not compiled, and four times
 * slower; on one core the compiler has to share it. */
export const FULL = {
  rounds: 5,
  compileMs: 4_000,
  warmUpMs: 1_500,
  durationMs: 400,
  connections: 1_000,
  held: 1_000,
  oursHeld: 5_000,
  marathon: 10_000_000,
  imports: 9,
};
export const QUICK = {
  rounds: 1,
  compileMs: 2_000,
  warmUpMs: 600,
  durationMs: 250,
  connections: 500,
  held: 200,
  oursHeld: 1_000,
  marathon: 300_000,
  imports: 3,
};
