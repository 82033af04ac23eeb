import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openInspector } from '../../src/inspector/index.js';
import { TestFolder } from '../support/folder.js';

const PAGES = fileURLToPath(new URL('../../dist/page', import.meta.url));
const folder = new TestFolder();

describe('the page of the debugger', () => {
  test('FC-32 comes from the folder that is named', async () => {
    const pageFolder = folder.at('pages');
    cpSync(PAGES, pageFolder, { recursive: true });
    await using inspector = await openInspector({ pageFolder });
    expect(await (await fetch(inspector.url)).text()).toContain('<html');
  });

  test('FC-32 that is not in the folder that is named is an error that says what to copy', async () => {
    const pageFolder = folder.at('nothing');
    mkdirSync(pageFolder);
    await expect(openInspector({ pageFolder })).rejects.toThrow(
      `No page of the debugger in ${JSON.stringify(pageFolder)} (option pageFolder); ` +
        `copy node_modules/socket-protocol/dist/page to ${JSON.stringify(pageFolder)}`,
    );
  });
});
