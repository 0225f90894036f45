// `npm run corpora`: checks the changes of public repositories and writes docs/corpora.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checked, checkPair, type Clones, cloneAll } from './clones.ts';
import { page, type Row } from './page.ts';
import { CORPORA } from './pairs.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'corpora.md');

async function rowsOf(clones: Clones): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const corpus of CORPORA) {
    for (const pair of corpus.pairs) {
      const checked: Checked = await checkPair(clones, corpus, pair);
      const commits = [clones.commit(corpus, pair, 'base'), clones.commit(corpus, pair, 'head')] as const;
      rows.push({ corpus, pair, commits, verdict: checked.verdict });
      console.log(`${corpus.prefix} ${pair.number}: ${checked.verdict.conclusion}`);
    }
  }
  return rows;
}

const clones = cloneAll();
try {
  writeFileSync(PAGE, page(await rowsOf(clones)));
} finally {
  clones.remove();
}
