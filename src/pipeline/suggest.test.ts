import { describe, expect, test } from '@jest/globals';
import { aDeployment, aDigest, anImage, whatIsKnown } from '../../test/builders/provenance.ts';
import { aPair, aRendered } from '../../test/builders/rendered.ts';
import { aFinding } from '../../test/builders/verdict.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import type { Provenance } from '../checks/check.ts';
import type { Finding } from '../model/finding.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ImageEvidence } from '../model/provenance.ts';
import type { Rendered } from './render-app.ts';
import { rewriter, textIn } from './rewrite.ts';
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
  const rewrite = rewriter(tree, () => Promise.resolve(aRendered([])));
  const [own] = await suggest(judged, { pairs: [pair], tree, provenance, rewrite });
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
  ['a tag that nothing is made of', '  tag: "1"'],
  ['another tag', '  newTag: "2"'],
  ['the end of a tag', '  newTag: "web:1"'],
  ['a tag with a comment', '  newTag: "1" # {"$imagepolicy": "flux-system:web:tag"}'],
  ['a template', '  image: {{ .Values.image }}'],
  ['another image', '  image: ghcr.io/acme/web:12'],
  ['an image that Flux writes', `  image: ${WEB} # {"$imagepolicy": "flux-system:web"}`],
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

const tagIn = (text: string) => /tag: "?([^"\n ,}]*)/.exec(text)?.[1] ?? '';

const imageIn = (text: string) => /ghcr\.io[^"'\n ,}]*/.exec(text)?.[0] ?? '';

const ofTag = (text: string) => aDeployment({ web: `ghcr.io/acme/web:${tagIn(text)}` });

const ofImage = (text: string) => aDeployment({ web: imageIn(text) });

const ofImageAlone = (text: string) => aDeployment({ web: imageIn(text).trimEnd() });

describe('what has to be rendered to know', () => {
  const AT = '/spec/template/spec/containers/0/image';

  /** Stands for a chart that makes of one line of `values.yaml` what `make` says. */
  async function offered(
    line: string,
    make: (text: string) => Manifest,
    more: (text: string) => Partial<Rendered> = () => ({}),
  ) {
    const text = `a:\n${line}\nc: d\n`;
    const tree = aTree({ 'values.yaml': text });
    const [now, pair] = [make(text), aPair({ merged: aRendered([make(text)]) })];
    const finding = aFinding({
      rule: 'images/digest',
      app: pair.id,
      object: now.id,
      pointer: AT,
      fix: 'as it was',
      location: { file: 'values.yaml', line: 2, endLine: 2 },
    });
    const judged = [{ id: 'images', outcome: { status: 'passed' } as const, findings: [finding], unknowns: [] }];
    const rewrite = rewriter(tree, async (_, other) => {
      const changed = (await textIn(other, 'values.yaml')) ?? '';
      return { ...aRendered([make(changed)]), ...more(changed) };
    });
    const provenance = whatIsKnown({ [WEB]: anImage('1') });
    const [own] = await suggest(judged, { pairs: [pair], tree, provenance, rewrite });
    return own?.findings[0];
  }

  test.each<[string, (text: string) => Manifest, string]>([
    ['  tag: "1"', ofTag, `  tag: "1@${aDigest('1')}"`],
    ['web: {tag: 1, more: x} # the release', ofTag, `web: {tag: 1@${aDigest('1')}, more: x} # the release`],
    [`  {image: ${WEB}}`, ofImage, `  {image: ${PINNED}}`],
    [`  - image: ${WEB} # by hand`, ofImage, `  - image: ${PINNED} # by hand`],
    [`  baseImage: '${WEB}'`, ofImage, `  baseImage: '${PINNED}'`],
  ])('%j is offered as it pins the image', async (line, make, expected) => {
    expect((await offered(line, make))?.suggestion).toBe(expected);
  });

  test.each<[string, (text: string) => Manifest]>([
    [
      'goes into a label too',
      (text) =>
        aDeployment(
          { web: `ghcr.io/acme/web:${tagIn(text)}` },
          { metadata: { name: 'web', labels: { v: tagIn(text) } } },
        ),
    ],
    ['names another object', (text) => aDeployment({ web: WEB }, { metadata: { name: `web-${tagIn(text)}` } })],
    ['is cut on the way', (text) => aDeployment({ web: `ghcr.io/acme/web:${tagIn(text).slice(0, 1)}` })],
    ['leads to another image', (text) => aDeployment({ web: tagIn(text) === '1' ? WEB : 'ghcr.io/acme/web:2' })],
    [
      'is a label where it is a digest',
      (text) => {
        const v = tagIn(text) === '1' ? '1' : `ghcr.io/acme/web:${tagIn(text)}`;
        return aDeployment({ web: `ghcr.io/acme/web:${tagIn(text)}` }, { metadata: { name: 'web', labels: { v } } });
      },
    ],
    ['decides what is there', (text) => aDeployment(tagIn(text) === '1' ? { web: WEB } : { web: PINNED, more: WEB })],
  ])('a tag that %s is not, and the fix says what to write', async (_, make) => {
    const finding = await offered('  tag: "1"', make);
    expect(finding?.suggestion).toBeUndefined();
    expect(finding?.fix).toMatch(
      /^Write the digest behind the tag, `1@sha256:1+`, where that goes into nothing but the image/,
    );
  });

  test('the fix of a whole image stays, also where it may not be written there', async () => {
    const finding = await offered(`  full: ${WEB}`, () => aDeployment({ web: WEB }));
    expect([finding?.suggestion, finding?.fix]).toEqual([undefined, 'as it was']);
  });

  test('a line of Windows is left alone', async () => {
    expect((await offered(`  full: ${WEB}\r`, ofImageAlone))?.suggestion).toBeUndefined();
  });

  test('so is one that Flux writes anew', async () => {
    const line = `  full: ${WEB} # {"$imagepolicy": "flux-system:web"}`;
    expect((await offered(line, ofImage))?.suggestion).toBeUndefined();
  });

  test('nor is one with which more is rendered, or less than all', async () => {
    const manifests = (text: string) => [ofTag(text), aDeployment({ more: WEB }, { metadata: { name: 'more' } })];
    expect(
      (await offered('  tag: "1"', ofTag, (text) => ({ manifests: manifests(text) })))?.suggestion,
    ).toBeUndefined();
    const failure = { code: 'build', reason: 'no', isPartial: true } as const;
    expect((await offered('  tag: "1"', ofTag, () => ({ failure })))?.suggestion).toBeUndefined();
  });

  test('two texts of a line are not chosen from', async () => {
    expect((await offered(`  {a: ${WEB}, image: ${WEB}}`, ofImage))?.suggestion).toBeUndefined();
  });
});
