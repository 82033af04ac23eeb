/** Where the interface of this library and the original's differ: everything else has the same name in camelCase. */

import type { PureJsonProtocol, StructJsonProtocol } from '../../../src/index.js';

export type Protocol = PureJsonProtocol | StructJsonProtocol;

/** `authentificate(timeout)`; seconds, like all times of a program. */
export function authentificate(protocol: Protocol, seconds: number): Promise<boolean> {
  return protocol.authenticate(1000 * seconds);
}

/** `check_authentification_state()` */
export function checkAuthentificationState(protocol: Protocol): boolean {
  return protocol.checkAuthenticationState();
}

/** `connection_established()` */
export function connectionEstablished(protocol: Protocol): boolean {
  return protocol.connectionEstablished();
}

/** `add_data(service_id or list, data_id, name)` */
export function addData(
  protocol: Protocol,
  serviceId: number | number[],
  dataId: number,
  name: string,
): void {
  protocol.addData(serviceId, dataId, name);
}
