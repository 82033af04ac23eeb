/** What is measured, and how long. */

/**
 * Echoes: a payload (so many characters, or the document), and so many requests in flight. Large ones are measured longer: the
 * garbage of large buffers is collected rarely, and then at length.
 */
export const ECHOES = [
  { id: '24B-1', what: '1 in flight', payload: 24, inFlight: 1 },
  { id: '24B-64', what: '64 in flight', payload: 24, inFlight: 64 },
  { id: '24B-1000', what: '1,000 in flight', payload: 24, inFlight: 1_000 },
  { id: '1K-16', what: '1 KiB, 16 in flight', payload: 1_024, inFlight: 16 },
  { id: '64K-16', what: '64 KiB, 16 in flight', payload: 65_536, inFlight: 16, longer: 2 },
  { id: 'document-4', what: '68 KB document, 4 in flight', payload: 'document', inFlight: 4, longer: 2 },
];

/** More and more in flight, our own session only: what does one more cost? */
export const DEPTHS = [10, 100, 1_000, 10_000];

/** The data of a payload. */
export function dataOf(payload) {
  if (payload === 'document') return documentOf(900);
  return 'abcdefghij0123456789KLMN'.repeat(Math.ceil(payload / 24)).slice(0, payload);
}

/** Objects of five fields, as a program would send readings: 900 are 68 KB of JSON. */
function documentOf(count) {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `sensor ${id}`,
    value: id * 1.5,
    unit: 'millimetres',
    ok: id % 3 === 0,
  }));
}
