/** The method that asks the peer for a sign of life at once, as the heartbeat does (protocol.md section 4). */
export const ASK_FOR_LIFE: unique symbol = Symbol('ask the peer for a sign of life');
