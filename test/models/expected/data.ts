/** What the session on the bench answers: everybody may read the first, a trusted peer the second. */
export const OPEN_DATA = { dataId: 90, data: 'open to all' };
export const GUARDED_DATA = { dataId: 91, data: 'for trusted peers' };
