/** The options of TLS, with Node's own names. */

/** PEM text, or its bytes: what is in the file, not its path. */
export type Pem = string | Uint8Array;

/** What both sides may set. */
export interface TlsOptions {
  /** The authorities whose certificates are accepted; the well-known ones where a client sets none. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** The certificate of this side, and behind it those of the authorities between it and a known one. */
  readonly cert?: Pem | undefined;
  /** The private key of the certificate. */
  readonly key?: Pem | undefined;
  /** Of the key, where that is encrypted. */
  readonly passphrase?: string | undefined;
  /**
   * The name of the server. A client asks for it, and the certificate has to be for it: the host. With a pre-shared key it is
   * part of the key, so both sides must set the same: `socket-protocol`.
   */
  readonly servername?: string | undefined;
  /** How long the TLS handshake may take, in milliseconds: 5,000 ms. */
  readonly handshakeTimeout?: number | undefined;
  /** A file to which the keys of each connection are appended, for Wireshark: what `SSLKEYLOGFILE` says. */
  readonly keylog?: string | undefined;
}

/** TLS of a client. */
export interface TlsClientOptions extends TlsOptions {
  /** Refuse a server whose certificate is not right. False gives encryption without knowing to whom: on. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** No certificates, but a key made of the shared secret: that of the session, or this one. */
  readonly psk?: boolean | string | Uint8Array | undefined;
  /** The name under which the server knows the key: `socket-protocol`. */
  readonly pskIdentity?: string | undefined;
}

/**
 * Gives the secret of a client by its identity; null for one that is not known.
 *
 * @param identity what the client calls itself, not proven yet
 */
export type PskSecrets = (identity: string) => string | Uint8Array | null | undefined;

/** TLS of a server. */
export interface TlsServerOptions extends TlsOptions {
  /** Ask clients for a certificate of an authority in `ca`: off. */
  readonly requestCert?: boolean | undefined;
  /** With `requestCert`: refuse clients without one that is right. False lets them in without a name: on. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** No certificates, but keys made of the shared secret: that of the session, this one, or one for each identity. */
  readonly psk?: boolean | string | Uint8Array | PskSecrets | undefined;
}

/** A client's TLS: true takes the well-known authorities, `'psk'` makes a key of the secret. */
export type TlsClientOption = boolean | 'psk' | TlsClientOptions;
/** A server's TLS: `'psk'` makes keys of the secret. */
export type TlsServerOption = false | 'psk' | TlsServerOptions;
/** A server's TLS, or what reads it anew each time: the certificate from its file, for example. */
export type TlsServerSource = TlsServerOption | (() => TlsServerOptions | Promise<TlsServerOptions>);
