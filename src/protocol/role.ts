/** Which side of a connection: a client opens it, a server accepts it. Each role has its own half of section 4. */
export type Role = 'client' | 'server';

/** The five states of an authentication (protocol.md section 3), in the words of the machine. */
export type AuthenticationStateName = 'untrusted' | 'seedRequested' | 'seedSent' | 'keySent' | 'trusted';
