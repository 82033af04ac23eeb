/** How a recording of the debugger begins: what follows are entries, one a line. */

/** The kind of the recording, as its first line names it. */
export const RECORDING_FORMAT = 'socket-protocol debugger';
/** Version 2 has codes where version 1 had texts; version 1 is refused. */
export const RECORDING_VERSION = 2;

/**
 * The first line of a recording.
 *
 * @param more what else it says
 */
export function recordingHeader(more: object = {}): string {
  return `${JSON.stringify({ recording: RECORDING_FORMAT, version: RECORDING_VERSION, ...more })}\n`;
}
