import { expect, test } from '@jest/globals';
import { aDeployment, aDigest, anImage, whatIsKnown } from '../../test/builders/provenance.ts';
import { aPair, aRendered } from '../../test/builders/rendered.ts';
import { aFinding } from '../../test/builders/verdict.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import type { Provenance } from '../checks/check.ts';
import type { Finding } from '../model/finding.ts';
import type { ImageEvidence } from '../model/provenance.ts';
import { suggest } from './suggest.ts';

const WEB = 'ghcr.io/acme/web:1';
const PINNED = `${WEB}@${aDigest('1')}`;
const manifest = aDeployment({ web: WEB });

async function suggestion(line: string, given: Partial<Finding> = {}, evidence: ImageEvidence = anImage('1')) {
  return suggestionBy(whatIsKnown({ [WEB]: evidence }), line, given);
}

async function suggestionBy(provenance: Provenance | undefined, line: string, given: Partial<Finding> = {}) {
  const merged = aRendered([manifest]);
  const pair = aPair({ merged });
  const finding = aFinding({
    rule: 'images/digest',
    app: pair.id,
    object: manifest.id,
    pointer: '/spec/template/spec/containers/0/image',
    location: { file: 'web.yaml', line: 2, endLine: 2 },
    ...given,
  });
  const judged = [{ id: 'images', outcome: { status: 'passed' } as const, findings: [finding], unknowns: [] }];
  const tree = aTree({ 'web.yaml': `a:\n${line}\nb: c\n` });
  const [own] = await suggest(judged, { pairs: [pair], tree, provenance });
  return own?.findings[0]?.suggestion;
}

test.each<[string, string]>([
  [`          image: ${WEB}`, `          image: ${PINNED}`],
  [`        - image: "${WEB}"  `, `        - image: "${PINNED}"`],
  [`  reference: '${WEB}'`, `  reference: '${PINNED}'`],
  ['    newTag: "1"', `    newTag: "1@${aDigest('1')}"`],
  ['  - newTag: 1 ', `  - newTag: 1@${aDigest('1')}`],
])('%j becomes %j', async (line, expected) => {
  expect(await suggestion(line)).toBe(expected);
});

test.each([
  ['a tag of a chart', '  tag: "1"'],
  ['another tag', '  newTag: "2"'],
  ['the end of a tag', '  newTag: "web:1"'],
  ['a tag with a comment', '  newTag: "1" # {"$imagepolicy": "flux-system:web:tag"}'],
  ['a template', '  image: {{ .Values.image }}'],
  ['a comment behind it', `  image: ${WEB} # pinned by hand`],
  ['a flow mapping', `  {image: ${WEB}}`],
  ['another image', '  image: ghcr.io/acme/web:12'],
  ['another key', `  baseImage: ${WEB}`],
  ['quotes that do not match', `  image: "${WEB}'`],
  ['a line of Windows', `  image: ${WEB}\r`],
])('%s is no line that can be rewritten', async (_, line) => {
  expect(await suggestion(line)).toBeUndefined();
});

test.each<[string, Partial<Finding>]>([
  ['of another rule', { rule: 'images/latest' }],
  ['that is not new', { status: 'existing' }],
  ['without a line', { location: null }],
  ['on several lines', { location: { file: 'web.yaml', line: 2, endLine: 3 } }],
  ['in a file that is not there', { location: { file: 'other.yaml', line: 2, endLine: 2 } }],
  ['of no object', { object: null }],
  ['of what is no image', { pointer: '/metadata/name' }],
  ['of nothing', { pointer: '/nothing' }],
])('a finding %s gets none', async (_, given) => {
  expect(await suggestion(`  image: ${WEB}`, given)).toBeUndefined();
});

test('what was not read has no digest', async () => {
  expect(
    await suggestion(`  image: ${WEB}`, {}, { status: 'not-found', reason: 'gone', digest: aDigest('1') }),
  ).toBeUndefined();
  expect(await suggestionBy(undefined, `  image: ${WEB}`)).toBeUndefined();
});
