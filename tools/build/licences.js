/** What a bundle takes from other packages comes with their licences. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A plugin that puts the licences of the packages in a chunk into a file beside it. */
export const licences = {
  name: 'licences',
  generateBundle(_, files) {
    for (const [file, chunk] of Object.entries(files)) {
      const modules = chunk.type === 'chunk' ? chunk.moduleIds.filter(isOfPackage) : [];
      if (modules.length === 0) continue;
      const texts = [...new Set(modules.map(folderOf))].sort().map(licenceIn);
      const source = texts.join(`\n${'-'.repeat(80)}\n\n`);
      this.emitFile({ type: 'asset', fileName: file.replace(/\.js$/, '.LICENSE.txt'), source });
    }
  },
};

/** Of packages of ours stands the licence in the package; the helpers of the compiler need none. */
const isOfPackage = (id) => id.includes('/node_modules/') && !id.includes('@oxc-project');

/** Folders inside a package may have manifests of their own. */
const folderOf = (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)[0];

function licenceIn(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  if (file === undefined) throw new Error(`${name} has no file with its licence; see what ${folder} has`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8')}`;
}
