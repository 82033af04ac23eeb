/** A peer's certificate as plain fields. Node repeats a field as an array only where there are several, and joins names to a text. */

import type { DetailedPeerCertificate, PeerCertificate as NodeCertificate } from 'node:tls';

/** A certificate that was checked: an authority in `ca` stands for what is in it. */
export interface PeerCertificate {
  /** The fields of the subject by their short names, each with all its values: `{ CN: ['thermostat'], OU: ['kitchen', 'cellar'] }`. */
  readonly subject: Readonly<Record<string, readonly string[]>>;
  /** The same of who signed it. */
  readonly issuer: Readonly<Record<string, readonly string[]>>;
  /** The common name, where there is exactly one. */
  readonly commonName: string | null;
  /** The names in subjectAltName. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
  /** Its number, in hexadecimal digits. */
  readonly serialNumber: string;
  /** Its SHA-256, as `AB:CD:…`. */
  readonly fingerprint256: string;
  /** Until when it is valid. */
  readonly validTo: Date;
}

/** A certificate as Node gives it, as plain fields. */
export function peerCertificateOf(certificate: NodeCertificate | DetailedPeerCertificate): PeerCertificate {
  const subject = fieldsOf(certificate.subject);
  const { CN: names = [] } = subject;
  const alternatives = alternativeNames(certificate.subjectaltname);
  const of = (type: string): readonly string[] =>
    alternatives.filter(([each]) => each === type).map(([, name]) => name);
  return {
    subject,
    issuer: fieldsOf(certificate.issuer),
    commonName: names.length === 1 ? (names[0] ?? null) : null,
    dnsNames: of('DNS'),
    ipAddresses: of('IP Address'),
    emails: of('email'),
    uris: of('URI'),
    serialNumber: certificate.serialNumber,
    fingerprint256: certificate.fingerprint256,
    validTo: new Date(certificate.valid_to),
  };
}

function fieldsOf(fields: object | undefined): Readonly<Record<string, readonly string[]>> {
  const lists = Object.entries(fields ?? {}).map(([name, value]: [string, unknown]) => [
    name,
    (Array.isArray(value) ? value : [value]).map(String),
  ]);
  // a field may be called anything
  return Object.assign(Object.create(null), Object.fromEntries(lists));
}

/** One name, with its type; what could be taken for another one stands in quotes, as JSON. */
const ALTERNATIVE = /\s*([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/y;

/** The names in a subjectAltName as Node writes it. */
export function alternativeNames(
  text: string | undefined,
): readonly (readonly [type: string, name: string])[] {
  const names: [string, string][] = [];
  if (text === undefined) return names;
  ALTERNATIVE.lastIndex = 0;
  for (let match = ALTERNATIVE.exec(text); match !== null; match = ALTERNATIVE.exec(text)) {
    const [, type = '', name = ''] = match;
    names.push([type, unquoted(name)]);
    if (ALTERNATIVE.lastIndex >= text.length) break;
  }
  return names;
}

function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  try {
    return String(JSON.parse(name));
  } catch {
    return name;
  }
}
