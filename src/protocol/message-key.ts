/** A service id and a data id as one key of a `Map`. */
export type MessageKey = number | string;

const DATA_ID_SPACE = 2 ** 32;
const SERVICE_ID_SPACE = 2 ** 20;

/**
 * Joins two ids into a key; different pairs have different keys.
 *
 * @param serviceId 0 to 2^53 - 1
 * @param dataId 0 to 2^53 - 1
 */
export function messageKey(serviceId: number, dataId: number): MessageKey {
  return serviceId < SERVICE_ID_SPACE && dataId < DATA_ID_SPACE
    ? serviceId * DATA_ID_SPACE + dataId
    : `${serviceId}/${dataId}`;
}

/** The two ids of a key. */
export function idsOfKey(key: MessageKey): readonly [serviceId: number, dataId: number] {
  if (typeof key === 'number') return [Math.floor(key / DATA_ID_SPACE), key % DATA_ID_SPACE];
  const [serviceId, dataId] = key.split('/');
  return [Number(serviceId), Number(dataId)];
}
