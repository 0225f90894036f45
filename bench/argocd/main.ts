// `npm run bench:argocd`: sources of Applications, by the engine and by the code of Argo CD's own repo server with its programs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import { MODES } from '../../src/model/tree.ts';
import { buildPrograms, upstreamFolder } from './programs.ts';
import { type Case, featureCases, type Rendered, upstreamCases } from './cases.ts';

async function main(): Promise<void> {
  const engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
  const bin = buildPrograms();
  const { cases, leftOut } = await featureCases(engine);
  console.log(`left out, because they need more than their own files: ${leftOut.length}`);
  await compared('features', cases, bin);
  await compared('upstream test data', await upstreamCases(engine, upstreamFolder()), bin);
  await engine.close();
}

async function compared(title: string, cases: readonly Case[], bin: string): Promise<void> {
  const theirs = await askArgocd(cases, bin);
  const counts = { equal: 0, different: 0, 'both fail': 0, 'only presync fails': 0, 'only Argo CD fails': 0 };
  const lines: string[] = [];
  let objects = 0;
  for (const [at, { name, ours }] of cases.entries()) {
    const other = theirs[at];
    if (other === undefined) throw new Error(`the code of Argo CD gave no answer for ${name}`);
    const verdict = judged(ours, other);
    counts[verdict] += 1;
    if (verdict === 'equal' && 'objects' in ours) objects += ours.objects.length;
    if (verdict !== 'equal')
      lines.push(`  ${verdict}: ${name}\n    presync: ${said(ours)}\n    Argo CD: ${said(other)}`);
  }
  console.log(`${title}: ${cases.length} sources, ${objects} equal objects`);
  for (const [verdict, count] of Object.entries(counts)) console.log(`  ${verdict}: ${count}`);
  for (const line of lines) console.log(line);
}

function judged(ours: Rendered, theirs: Rendered) {
  if ('failed' in ours) return 'failed' in theirs ? 'both fail' : 'only presync fails';
  if ('failed' in theirs) return 'only Argo CD fails';
  return isDeepStrictEqual(sorted(ours.objects), sorted(theirs.objects)) ? 'equal' : 'different';
}

/** Argo CD sorts by waves and kinds when it applies, so the order of a render decides nothing. */
function sorted(objects: readonly unknown[]): readonly unknown[] {
  return objects.map(text).toSorted();
}

/** JSON with its keys in order, so that equal objects are equal texts. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function said(side: Rendered): string {
  const whole = 'failed' in side ? side.failed : `${side.objects.length} objects ${JSON.stringify(side.objects)}`;
  return whole.replaceAll('\n', ' ').slice(0, 400);
}

async function askArgocd(cases: readonly Case[], bin: string): Promise<readonly Rendered[]> {
  const root = mkdtempSync(join(tmpdir(), 'presync-argocd-'));
  try {
    const requests: string[] = [];
    for (const [at, one] of cases.entries()) requests.push(await requestOf(one, join(root, String(at))));
    const plugins = join(root, 'plugins');
    mkdirSync(plugins);
    const env = {
      HOME: root,
      TMPDIR: root,
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
      ARGOCD_PLUGINSOCKFILEPATH: plugins,
      ARGOCD_LOG_LEVEL: 'error',
    };
    const options = { input: `${requests.join('\n')}\n`, env, maxBuffer: 1 << 28 };
    const out = execFileSync(join(bin, 'argocd'), { ...options, stdio: ['pipe', 'pipe', 2] }).toString();
    return out.trim().split('\n').map(parsed);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function parsed(line: string): Rendered {
  const answer: { failed?: string; objects: readonly unknown[] | null } = JSON.parse(line);
  return answer.failed === undefined ? { objects: answer.objects ?? [] } : { failed: answer.failed };
}

async function requestOf({ tree, input }: Case, folder: string): Promise<string> {
  mkdirSync(folder);
  for (const { path, mode, oid } of tree.entries) {
    const content = await tree.read(oid);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (mode === MODES.link) symlinkSync(Buffer.from(content).toString(), join(folder, path));
    else writeFileSync(join(folder, path), content);
  }
  const { refs } = input;
  return JSON.stringify({ ...input, folder, hasMultipleSources: refs !== undefined });
}

await main();
