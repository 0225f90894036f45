import { hunksIn } from '../blame/hunks.ts';
import { type AuthoredHunk, blame } from '../blame/index.ts';
import { CHECKS } from '../checks/index.ts';
import type { App } from '../model/app.ts';
import type { Finding } from '../model/finding.ts';
import { identityKey } from '../model/manifest.ts';
import type { AppPair, Sides } from './affected.ts';
import type { RunContext } from './context.ts';
import { filesReadBy } from './account.ts';
import { compareSides, type Judged, type JudgeContext, worldOf } from './judge.ts';
import { isShown, type Rendered, renderApp } from './render-app.ts';
import { variantTree } from './variant.ts';

/** Findings beyond this many keep no line: a change that brings hundreds is not read line by line. */
const MAX_LOCATED = 100;

export interface LocateContext {
  readonly sides: Sides;
  readonly pairs: readonly AppPair[];
  readonly run: RunContext;
  readonly judging: JudgeContext;
}

/** The hunks of each changed file, computed once. */
type HunksOf = (path: string) => Promise<readonly AuthoredHunk[]>;

function hunkReader({ sides }: LocateContext): HunksOf {
  const known = new Map<string, Promise<readonly AuthoredHunk[]>>();
  const files = new Map(sides.changed.map((file) => [file.path, file]));
  return (path) => {
    const file = files.get(path);
    if (file === undefined) return Promise.resolve([]);
    const hunks = known.get(path) ?? hunksIn(file, sides.base.listing.tree, sides.merged.listing.tree);
    known.set(path, hunks);
    return hunks;
  };
}

/** Everything that may have brought a finding of this app: what it reads, and the file that defines it. */
async function hunksFor(pair: AppPair, hunksOf: HunksOf): Promise<readonly AuthoredHunk[]> {
  const definitions = [pair.base, pair.merged].flatMap((one) => one?.app.definedIn?.file ?? []);
  const paths = new Set([...filesReadBy([pair]), ...definitions]);
  return (await Promise.all([...paths].toSorted().map(hunksOf))).flat();
}

/** The app as the hunks leave it: defined as in the merge result if they hold its definition, else as in the base. */
function appWith(pair: AppPair, hunks: readonly AuthoredHunk[]): App | undefined {
  const file = pair.merged?.app.definedIn?.file;
  const isDefined = file === undefined || hunks.some((hunk) => hunk.file === file);
  return isDefined ? pair.merged?.app : (pair.base?.app ?? undefined);
}

function isSame(finding: Finding, other: Finding): boolean {
  const [a, b] = [finding, other].map(({ object }) => (object === null ? '' : identityKey(object)));
  return a === b && finding.rule === other.rule && finding.pointer === other.pointer && other.status === 'new';
}

async function standsIn(
  rendered: Rendered,
  finding: Finding,
  pair: AppPair,
  { judging, run }: LocateContext,
): Promise<boolean> {
  const check = CHECKS.find(({ id }) => finding.rule.startsWith(`${id}/`));
  if (check === undefined || !isShown(rendered)) return false;
  const variant: AppPair = { ...pair, merged: rendered };
  const input = { base: worldOf('base', [variant]), merged: worldOf('merged', [variant]), policy: judging.policy };
  const findings = compareSides(await check.run(input, run.signal), judging);
  return findings.some((other) => isSame(finding, other));
}

async function locationOf(finding: Finding, pair: AppPair, hunksOf: HunksOf, context: LocateContext): Promise<Finding> {
  const { sides, run } = context;
  const hunks = await hunksFor(pair, hunksOf);
  const key = finding.object === null ? '' : identityKey(finding.object);
  const manifest = pair.merged?.manifests.find(({ id }) => identityKey(id) === key);
  const stands = async (subset: readonly AuthoredHunk[]) => {
    const app = appWith(pair, subset);
    if (app === undefined) return false;
    const tree = await variantTree(sides.base.listing.tree, sides.merged.listing.tree, sides.changed, subset);
    return standsIn(await renderApp(app, tree, run), finding, pair, context);
  };
  return { ...finding, location: await blame({ finding, manifest, hunks, stands }) };
}

/** Gives each new finding the line that a person wrote. */
export async function locate(judged: readonly Judged[], context: LocateContext): Promise<readonly Judged[]> {
  const hunksOf = hunkReader(context);
  const pairs = new Map(context.pairs.map((pair) => [pair.id, pair]));
  let left = MAX_LOCATED;
  const located = async (finding: Finding) => {
    const pair = pairs.get(finding.app);
    if (finding.status !== 'new' || finding.location !== null || pair === undefined || left <= 0) return finding;
    left -= 1;
    return locationOf(finding, pair, hunksOf, context);
  };
  return Promise.all(judged.map(async (one) => ({ ...one, findings: await Promise.all(one.findings.map(located)) })));
}
