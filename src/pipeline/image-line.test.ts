import { expect, test } from '@jest/globals';
import { aDeployment } from '../../test/builders/provenance.ts';
import { aRendered } from '../../test/builders/rendered.ts';
import { aFinding } from '../../test/builders/verdict.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import type { Manifest } from '../model/manifest.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { imageLine } from './image-line.ts';
import { rewriter, textIn } from './rewrite.ts';

const VALUES = `web:
  repository: ghcr.io/acme/shop
  tag: "1.1"
full: ghcr.io/acme/shop:1.1
replicas: 1
name: shop
`;

/** Stands for a chart: one container of repository and tag, one of the whole image. */
async function chart(tree: SourceTree): Promise<readonly Manifest[]> {
  const text = (await textIn(tree, 'values.yaml')) ?? '';
  const value = (key: string) => new RegExp(`${key}: "?([^"\\n]*)`).exec(text)?.[1] ?? '';
  const images = { web: `${value('repository')}:${value('tag')}`, full: value('full') };
  return [aDeployment(images, { metadata: { name: value('name') } })];
}

async function lineOf(
  container: number,
  given: { readonly text?: string; readonly range?: readonly [number, number] } = {},
) {
  const { text = VALUES, range: [start, end] = [0, 6] } = given;
  const tree = aTree({ 'values.yaml': text });
  const manifests = await chart(tree);
  const rendered: string[] = [];
  const rewrite = rewriter(tree, async (_, other) => {
    rendered.push((await textIn(other, 'values.yaml')) ?? '');
    return aRendered(await chart(other));
  });
  const pointer = `/spec/template/spec/containers/${container}/image`;
  const finding = aFinding({ rule: 'images/digest', object: manifests[0]?.id ?? null, pointer });
  const location = { file: 'values.yaml', line: 4, endLine: 4 };
  const merged = aRendered(manifests);
  const found = await imageLine(finding, location, { merged, tree, rewrite, range: { start, end } });
  return { line: found.line, renders: rendered.length };
}

test('of two lines with the same text, each image has its own', async () => {
  expect((await lineOf(0)).line).toBe(3);
  expect(await lineOf(1)).toEqual({ line: 4, renders: 1 });
});

test('where the tag is not of the change, the repository is', async () => {
  expect((await lineOf(0, { range: [1, 2] })).line).toBe(2);
});

test('where nothing of the change becomes the image, the line stays', async () => {
  expect((await lineOf(0, { range: [4, 6] })).line).toBe(4);
  expect(await lineOf(0, { text: `${VALUES}{{ x }}: [\n` })).toEqual({ line: 4, renders: 0 });
});

const PLAIN = `apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers:
        - {name: init, image: "ghcr.io/acme/shop:1"}
      containers:
        - {name: web, image: "ghcr.io/acme/shop:1"}
        - {name: more, image: "ghcr.io/acme/shop:1"}
`;

test('where the file is the object, its keys say it, and nothing is rendered', async () => {
  const images = { web: 'ghcr.io/acme/shop:1', more: 'ghcr.io/acme/shop:1' };
  const manifest = { ...aDeployment(images), origin: { path: '/web.yaml', line: 1 } };
  const looking = {
    merged: aRendered([manifest]),
    tree: aTree({ 'web.yaml': PLAIN }),
    rewrite: () => Promise.reject(new Error('nothing is to be rendered')),
    range: { start: 0, end: 11 },
  };
  const at = async (pointer: string) => {
    const finding = aFinding({ rule: 'images/digest', object: manifest.id, pointer });
    return (await imageLine(finding, { file: 'web.yaml', line: 7, endLine: 7 }, looking)).line;
  };
  expect(await at('/spec/template/spec/containers/0/image')).toBe(9);
  expect(await at('/spec/template/spec/containers/1/image')).toBe(10);
});

const scalar = (start: number) => ({ at: '', value: '', line: 1, start, end: start });

test('of two documents of a file, the one that is the object', async () => {
  const manifest = { ...aDeployment({ web: 'ghcr.io/acme/shop:1' }), origin: { path: '/web.yaml', line: 11 } };
  const looking = {
    merged: aRendered([manifest]),
    tree: aTree({ 'web.yaml': `${PLAIN}---\n${PLAIN}` }),
    rewrite: () => Promise.reject(new Error('nothing is to be rendered')),
    range: { start: 0, end: 22 },
  };
  const pointer = '/spec/template/spec/containers/0/image';
  const finding = aFinding({ rule: 'images/digest', object: manifest.id, pointer });
  const found = await imageLine(finding, { file: 'web.yaml', line: 7, endLine: 7 }, looking);
  expect(found.line).toBe(20);
});

test('the same edit is rendered once, and a run renders not without end', async () => {
  const tree = aTree({ 'values.yaml': VALUES });
  const seen: number[] = [];
  const rewrite = rewriter(tree, () => Promise.resolve(aRendered([])).finally(() => seen.push(1)));
  const { app } = aRendered([]);
  const edit = { file: 'values.yaml', text: VALUES, value: 'x' };
  await rewrite(app, { ...edit, scalar: scalar(0) });
  await rewrite(app, { ...edit, scalar: scalar(0) });
  expect(seen).toHaveLength(1);
  for (let start = 1; start < 60; start += 1) await rewrite(app, { ...edit, scalar: scalar(start) });
  expect(await rewrite(app, { ...edit, scalar: scalar(60) })).toBeUndefined();
  expect(seen).toHaveLength(60);
});
