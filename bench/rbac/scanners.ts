// `node bench/rbac/scanners.ts trivy=FOLDER kubescape=FOLDER …`: the RBAC cases of other scanners, asked of presync's rules.
// FOLDER is a checkout of aquasecurity/trivy-checks, kubescape/regolibrary, bridgecrewio/checkov, stackrox/kube-linter,
// FairwindsOps/polaris, kyverno/policies or cyberark/KubiScan.
import { argv } from 'node:process';
import { rbac } from '../../src/checks/rbac/index.ts';
import { DEFAULT_POLICY } from '../../src/config/policy.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Manifest, objectIdOf } from '../../src/model/manifest.ts';
import { type Case, READERS } from './scanner-cases.ts';
import { type Exception, EXCEPTIONS, sameRules, WIDE } from './scanner-rules.ts';

function manifest(object: JsonObject): Manifest {
  return { id: objectIdOf(object), object, app: 'case', cluster: '', origin: {}, volatile: [] };
}

/** Rules with a finding, over the objects of the case as a whole. */
async function rulesIn(objects: readonly JsonObject[]): Promise<ReadonlySet<string>> {
  const base = { side: 'base', apps: [], manifests: [] } as const;
  const merged = { side: 'merged', apps: [], manifests: objects.map(manifest) } as const;
  const whole = { base, merged, builtIn: [], notCounted: [] };
  const found = await rbac.run({ base, merged, policy: DEFAULT_POLICY, whole }, AbortSignal.any([]));
  return new Set(found.map(({ rule }) => rule.replace('rbac/', '')));
}

type Result = 'found' | 'missed' | 'silent' | 'false alarm' | 'differs' | 'other subject';

async function judged(one: Case, used: Set<Exception>): Promise<Result> {
  const rules = sameRules(one.tool, one.check);
  if (rules === undefined) return 'other subject';
  const said = await rulesIn(one.objects);
  const isSaid = (one.isBad ? [...rules, ...WIDE] : rules).some((rule) => said.has(rule));
  if (one.isBad === isSaid) return one.isBad ? 'found' : 'silent';
  const exception = EXCEPTIONS.find(
    ({ tool, check, name }) => tool === one.tool && check.test(one.check) && name.test(one.name),
  );
  if (exception !== undefined) {
    used.add(exception);
    return 'differs';
  }
  console.log(
    `${one.isBad ? 'missed' : 'false alarm'}: ${one.tool} ${one.check} ${one.name} (said: ${[...said].toSorted().join(', ')})`,
  );
  return one.isBad ? 'missed' : 'false alarm';
}

async function ofTool(tool: string, folder: string, used: Set<Exception>): Promise<readonly Result[]> {
  const read = Object.hasOwn(READERS, tool) ? READERS[tool] : undefined;
  if (read === undefined) throw new Error(`${tool} is none of ${Object.keys(READERS).join(', ')}`);
  const results: Result[] = [];
  for (const one of read(folder)) results.push(await judged(one, used));
  return results;
}

function summary(name: string, results: readonly Result[]): string {
  const count = (result: Result): number => results.filter((one) => one === result).length;
  const [hits, misses, silent, alarms] = [count('found'), count('missed'), count('silent'), count('false alarm')];
  const percent = hits + misses === 0 ? '' : ` (${((100 * hits) / (hits + misses)).toFixed(1)} %)`;
  return `${name}: recall ${hits} of ${hits + misses}${percent}, false alarms ${alarms} of ${silent + alarms}, differing on purpose ${count('differs')}, of another subject ${count('other subject')}`;
}

async function main(): Promise<void> {
  const all: Result[] = [];
  const used = new Set<Exception>();
  const lines: string[] = [];
  for (const argument of argv.slice(2)) {
    const [tool = '', folder = ''] = argument.split('=');
    const results = await ofTool(tool, folder, used);
    lines.push(summary(tool, results));
    all.push(...results);
  }
  console.log([...lines, summary('all', all)].join('\n'));
  for (const one of EXCEPTIONS) {
    const { tool, check, name, reason } = one;
    console.log(`  ${used.has(one) ? 'differs' : 'not needed'}: ${tool} ${check.source} ${name.source}: ${reason}`);
  }
}

await main();
