import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
const stages = DOCKERFILE.split(/^(?=FROM )/m).slice(1);
const last = stages.at(-1) ?? '';
const words = (instruction: string): readonly string[] =>
  [...last.matchAll(new RegExp(`^${instruction} (.*)$`, 'gm'))].map(([, rest = '']) => rest);

test('base images are build arguments, so that a release can give their digests', () => {
  const froms = stages.map((stage) => /^FROM (\S+)/.exec(stage)?.[1]);
  expect(froms).toEqual(['${GO_IMAGE}', '${NODE_IMAGE}', '${NODE_IMAGE}']);
  expect(DOCKERFILE.slice(0, DOCKERFILE.indexOf('FROM '))).toMatch(/^ARG GO_IMAGE=\S+\nARG NODE_IMAGE=\S+$/m);
});

test('the Node image has the fixes of October 2026 (docs/decisions/0003-image.md)', () => {
  const [major = 0, minor = 0, patch = 0] = (/^ARG NODE_IMAGE=node:([\d.]+)/m.exec(DOCKERFILE)?.[1] ?? '')
    .split('.')
    .map(Number);
  expect(major).toBe(26);
  expect(minor * 1_000 + patch).toBeGreaterThanOrEqual(12_001);
});

test('the engine is built with the toolchain of its module', () => {
  const toolchain = /^toolchain go(\S+)$/m.exec(readFileSync(join(ROOT, 'engine', 'go.mod'), 'utf8'))?.[1];
  expect(/^ARG GO_IMAGE=golang:([\d.]+)-/m.exec(DOCKERFILE)?.[1]).toBe(toolchain);
});

test('what runs is not root, and the user is the one of the chart', () => {
  expect(words('USER')).toEqual(['10001:10001']);
  expect(last.lastIndexOf('\nUSER ')).toBeGreaterThan(last.lastIndexOf('\nRUN '));
  expect(readFileSync(join(ROOT, 'charts/presync/templates/_helpers.tpl'), 'utf8')).toContain('runAsUser: 10001');
});

test('git is there and npm is not', () => {
  const run = words('RUN').join(' ');
  expect(run).toMatch(/apt-get install [^&]*\bgit\b/);
  for (const gone of ['/usr/local/lib/node_modules', '/usr/local/bin/npm', '/usr/local/bin/npx'])
    expect(/rm -rf ([^&]*)/.exec(run)?.[1]).toContain(gone);
  expect(run).not.toMatch(/\bnpm (?:ci|install|run)\b/);
});

test('it starts as the service, on the port that the chart opens', () => {
  expect(words('ENTRYPOINT')).toEqual(['["node", "dist/src/main.js"]']);
  expect(words('CMD')).toEqual(['["serve"]']);
  expect(words('EXPOSE')).toEqual(['3000']);
  expect(words('ENV').join(' ')).toContain('PORT=3000');
});

test('nothing but the built service is copied, and no development dependency', () => {
  expect(words('COPY').every((rest) => rest.startsWith('--from='))).toBe(true);
  expect(stages[1]).toMatch(/npm run build && npm ci --omit=dev --omit=optional/);
});
