import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the engine's own programs, which are never committed either. */
const BIN = join(import.meta.dirname, '..', '..', 'engine', 'bin', 'scanners');

export interface Scanner {
  readonly name: string;
  /** A package of the Go module proxy. */
  readonly module: string;
  /** Settings of the build that the project itself uses. */
  readonly env?: Readonly<Record<string, string>>;
  /** Only its RBAC checks where it can be told; results as JSON on standard output. */
  readonly args: (folder: string) => readonly string[];
  /** Names of checks, one for each finding about RBAC. */
  readonly findings: (output: string) => readonly string[];
}

const POLARIS_CHECKS = [
  'clusterrolePodExecAttach',
  'clusterrolebindingClusterAdmin',
  'clusterrolebindingPodExecAttach',
  'rolePodExecAttach',
  'rolebindingClusterAdminClusterRole',
  'rolebindingClusterAdminRole',
  'rolebindingClusterRolePodExecAttach',
  'rolebindingRolePodExecAttach',
];
const KUBE_LINTER_CHECKS = [
  'access-to-create-pods',
  'access-to-secrets',
  'cluster-admin-role-binding',
  'wildcard-in-rules',
];
/** trivy's numbers of checks that look at roles and bindings. */
const TRIVY_CHECKS = /^(?:AVD-)?KSV-?0*(?:4[1-9]|5[0-6]|11[1-5]|12[23]|1011)$/;

interface Reported {
  readonly Results?: readonly { readonly Misconfigurations?: readonly { readonly ID: string }[] }[];
  readonly Reports?: readonly { readonly Check: string }[];
}

export const SCANNERS: readonly Scanner[] = [
  {
    name: 'trivy',
    module: 'github.com/aquasecurity/trivy/cmd/trivy@v0.74.0',
    env: { GOEXPERIMENT: 'jsonv2' },
    args: (folder) => ['config', '--quiet', '--skip-check-update', '--skip-version-check', '--format', 'json', folder],
    findings: (output) =>
      ((JSON.parse(output) as Reported).Results ?? [])
        .flatMap(({ Misconfigurations = [] }) => Misconfigurations.map(({ ID }) => ID))
        .filter((id) => TRIVY_CHECKS.test(id)),
  },
  {
    name: 'kube-linter',
    module: 'golang.stackrox.io/kube-linter/cmd/kube-linter@latest',
    args: (folder) => [
      'lint',
      '--format',
      'json',
      '--do-not-auto-add-defaults',
      '--include',
      KUBE_LINTER_CHECKS.join(','),
      folder,
    ],
    findings: (output) => ((JSON.parse(output) as Reported).Reports ?? []).map(({ Check }) => Check),
  },
  {
    name: 'polaris',
    module: 'github.com/fairwindsops/polaris@latest',
    args: (folder) => ['audit', '--audit-path', folder, '--format', 'json', '--checks', POLARIS_CHECKS.join(',')],
    findings: (output) => POLARIS_CHECKS.flatMap((id) => failures(output, id)),
  },
];

function failures(output: string, id: string): readonly string[] {
  const found = output.match(new RegExp(String.raw`"ID": "${id}",(?:[^{}]|\{[^{}]*\})*"Success": false`, 'g')) ?? [];
  return found.map(() => id);
}

/** The program as it was built, or as it is on the PATH; `build` makes it from the module proxy, which takes up to an hour. Else why there is none. */
export function programFor(
  { name, module, env = {} }: Scanner,
  { build }: { readonly build: boolean },
): { readonly path: string } | { readonly problem: string } {
  const built = join(BIN, name);
  if (existsSync(built)) return { path: built };
  if (spawnSync(name, ['--help']).status === 0) return { path: name };
  if (!build) return { problem: 'it is not on the PATH, and was not built with --build' };
  mkdirSync(BIN, { recursive: true });
  console.log(`building ${name} …`);
  try {
    // The toolchain that the project names, and not the one that the engine wants.
    const set = { ...process.env, GOTOOLCHAIN: 'auto', GOBIN: BIN, ...env };
    execFileSync('go', ['install', module], { env: set, stdio: 'pipe' });
    return { path: built };
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return { problem: `it could not be built: ${said.trim().split('\n').slice(-2).join(' ')}` };
  }
}
