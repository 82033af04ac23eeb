/** The limits of a link: what holds once a peer is trusted, and until a session says otherwise. */

import { bytesRow, msRow } from '../base/option-rows.js';
import { DEFAULT_MAX_FRAME_LENGTH } from '../wire/stp.js';
import type { LinkLimits } from './comm-instance.js';

const MIB = 1024 * 1024;

/** The options of a session that its link keeps to. */
export const LINK_OPTIONS = {
  maxFrameLength: bytesRow({
    default: DEFAULT_MAX_FRAME_LENGTH,
    why: 'Devices send whole files.',
  }),
  frameTimeout: msRow({
    default: 30_000,
    why: 'A mobile link can be gone for half a minute; a frame that goes on may take as long as it needs.',
  }),
  maxOutputBytes: bytesRow({
    default: 8 * MIB,
    why: 'A server still has room for a thousand peers that never read.',
  }),
  slowConsumerTimeout: msRow({
    default: 10_000,
    why: 'A peer that reads nothing for so long is gone, or an attacker.',
  }),
  stallTimeout: msRow({
    default: 60_000,
    why: 'A program that was stopped for most of a minute goes on where it was; beyond that nobody may be left.',
  }),
  closeTimeout: msRow({
    default: 10_000,
    why: 'A link that closes brings what was sent, however slow it is; a peer that reads nothing for so long is gone.',
  }),
};

/**
 * A frame goes on if it brings this much in each `frameTimeout`, unless it ends: 546 bytes a second by default. So does the
 * output of a link that closes, in each `closeTimeout`.
 */
export const MIN_PROGRESS_BYTES = 16 * 1024;

/** What holds until a session sets its own: the limits of a trusted peer. */
export const DEFAULT_LINK_LIMITS: LinkLimits = {
  maxFrameLength: LINK_OPTIONS.maxFrameLength.default,
  frameTimeoutMs: LINK_OPTIONS.frameTimeout.default,
  maxOutputBytes: LINK_OPTIONS.maxOutputBytes.default,
  slowConsumerTimeoutMs: LINK_OPTIONS.slowConsumerTimeout.default,
  stallTimeoutMs: LINK_OPTIONS.stallTimeout.default,
  closeTimeoutMs: LINK_OPTIONS.closeTimeout.default,
};
