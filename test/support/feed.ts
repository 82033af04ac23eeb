/** Pulls from a debugger as its page does. */

import { request } from 'node:http';
import type { NumberedEntry } from '../../src/inspector/entries.js';
import type { Feed } from '../../src/inspector/feed.js';

/** What came back. */
export interface Fetched {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Sends a request with exactly these headers: Host and Origin as well, which `fetch` would not do. */
export function fetched(
  url: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Readonly<Record<string, string>>; body?: string } = {},
): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => void (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Pulls once. */
export async function pull(
  url: string,
  query: Readonly<Record<string, string | number>> = {},
): Promise<Feed> {
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  return JSON.parse((await fetched(`${url}feed?${parameters.join('&')}`)).body) as Feed;
}

/** Pulls, as a page does, until it knows enough. */
export async function pullUntil(
  url: string,
  isEnough: (entries: readonly NumberedEntry[], feed: Feed) => boolean,
): Promise<{ readonly entries: readonly NumberedEntry[]; readonly feed: Feed }> {
  const entries: NumberedEntry[] = [];
  let feed = await pull(url);
  for (;;) {
    entries.push(...feed.entries);
    if (isEnough(entries, feed)) return { entries, feed };
    feed = await pull(url, { source: feed.source, after: entries.at(-1)?.number ?? 0, rows: feed.version });
  }
}
