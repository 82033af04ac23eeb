/** What is answered to whom: this machine only, this page only, and nothing that a foreign page could make a browser send. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** The page loads nothing from anywhere else, and nobody else may show it or read it. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** Why a request is not answered, as a page gets it. */
export interface Refusal {
  readonly httpStatus: number;
  readonly code: string;
  readonly error: string;
}

/**
 * Whether the Host of a request is this machine: a foreign page whose name was made to point here (DNS rebinding) must not
 * read along.
 */
export function isForUs({ headers: { host } }: IncomingMessage): boolean {
  return host !== undefined && /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/.test(host);
}

/**
 * Why a request that changes something is not taken; null if it is. A browser sends those of a foreign page with another
 * Origin, or with a content type that forms can have.
 *
 * @param contentType the only one that is taken
 * @param mayBePage whether our own page may send it; else no page may
 */
export function refusalOfPost(
  request: IncomingMessage,
  contentType: string,
  mayBePage: boolean,
): Refusal | null {
  const { origin, host, 'sec-fetch-site': site, 'content-type': type = '' } = request.headers;
  if (request.method !== 'POST')
    return { httpStatus: 405, code: 'method-not-allowed', error: 'Only POST is answered here' };
  const isOurs = origin === undefined || (mayBePage && origin === `http://${host}`);
  const isSameSite = site === undefined || (mayBePage && site === 'same-origin');
  if (!isOurs || !isSameSite)
    return {
      httpStatus: 403,
      code: 'cross-origin',
      error: mayBePage ? 'Only the page of this debugger may send requests' : 'No page may send entries',
    };
  if (type.split(';', 1)[0]?.trim().toLowerCase() !== contentType)
    return {
      httpStatus: 415,
      code: 'wrong-content-type',
      error: `Expected the content type ${contentType}`,
    };
  return null;
}

/** Answers with JSON. */
export function answerJson(response: ServerResponse, httpStatus: number, body: object): void {
  answerText(response, httpStatus, JSON.stringify(body));
}

/** Answers with what is JSON already. */
export function answerText(response: ServerResponse, httpStatus: number, json: string): void {
  response.writeHead(httpStatus, { ...SECURITY_HEADERS, 'content-type': 'application/json; charset=utf-8' });
  response.end(json);
}

/** Says why a request is not answered. */
export function refuse(response: ServerResponse, { httpStatus, code, error }: Refusal): void {
  answerJson(response, httpStatus, { error, code, reason: null });
}

/**
 * Reads the body of a request.
 *
 * @param most how many bytes it may have
 * @returns null where it is longer, or breaks off
 */
export async function bodyOf(request: IncomingMessage, most: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length > most) return null;
      chunks.push(chunk as Buffer);
    }
  } catch {
    return null; // the sender has gone
  }
  return Buffer.concat(chunks).toString();
}
