import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the engine's own programs, which are never committed either. */
const BIN = join(import.meta.dirname, '..', '..', 'engine', 'bin', 'scanners');

/** A program of the Go module proxy, with settings of the build that its project itself uses. */
interface GoModule {
  readonly module: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program of PyPI: its package is named as the program is. */
interface PythonPackage {
  readonly version: string;
}

export interface Scanner {
  readonly name: string;
  readonly from: GoModule | PythonPackage;
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

/** checkov's checks of roles and bindings, those over its graph among them. */
const CHECKOV_CHECKS = [
  ...['42', '49', '155', '156', '157', '158'].map((number) => `CKV_K8S_${number}`),
  ...['1', '2', '3', '4', '5'].map((number) => `CKV2_K8S_${number}`),
];

interface Reported {
  readonly results?: { readonly failed_checks?: readonly { readonly check_id: string }[] };
  readonly Results?: readonly { readonly Misconfigurations?: readonly { readonly ID: string }[] }[];
  readonly Reports?: readonly { readonly Check: string }[];
}

export const SCANNERS: readonly Scanner[] = [
  {
    name: 'trivy',
    from: { module: 'github.com/aquasecurity/trivy/cmd/trivy@v0.74.0', env: { GOEXPERIMENT: 'jsonv2' } },
    // It gives up after five minutes, which a busy machine needs.
    args: (folder) => [
      'config',
      '--timeout',
      '1h',
      '--quiet',
      '--skip-check-update',
      '--skip-version-check',
      '--format',
      'json',
      folder,
    ],
    findings: (output) =>
      ((JSON.parse(output) as Reported).Results ?? [])
        .flatMap(({ Misconfigurations = [] }) => Misconfigurations.map(({ ID }) => ID))
        .filter((id) => TRIVY_CHECKS.test(id)),
  },
  {
    name: 'checkov',
    from: { version: '3.3.30' },
    args: (folder) => [
      '--directory',
      folder,
      '--framework',
      'kubernetes',
      '--check',
      CHECKOV_CHECKS.join(','),
      '--output',
      'json',
      '--compact',
      '--quiet',
      '--skip-download',
    ],
    findings: (output) =>
      ((JSON.parse(output) as Reported).results?.failed_checks ?? []).map(({ check_id }) => check_id),
  },
  {
    name: 'kube-linter',
    from: { module: 'golang.stackrox.io/kube-linter/cmd/kube-linter@latest' },
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
    from: { module: 'github.com/fairwindsops/polaris@latest' },
    args: (folder) => ['audit', '--audit-path', folder, '--format', 'json', '--checks', POLARIS_CHECKS.join(',')],
    findings: (output) => POLARIS_CHECKS.flatMap((id) => failures(output, id)),
  },
];

function failures(output: string, id: string): readonly string[] {
  const found = output.match(new RegExp(String.raw`"ID": "${id}",(?:[^{}]|\{[^{}]*\})*"Success": false`, 'g')) ?? [];
  return found.map(() => id);
}

/**
 * The program as it was built, or as it is on the PATH; `build` makes it from the registry of its language, which takes up to an
 * hour. Else why there is none.
 */
export function programFor(
  { name, from }: Scanner,
  { build }: { readonly build: boolean },
): { readonly path: string } | { readonly problem: string } {
  const built = 'module' in from ? join(BIN, name) : join(BIN, `${name}-${from.version}`, 'bin', name);
  if (existsSync(built)) return { path: built };
  if (spawnSync(name, ['--help']).status === 0) return { path: name };
  if (!build) return { problem: 'it is not on the PATH, and was not built with --build' };
  mkdirSync(BIN, { recursive: true });
  console.log(`building ${name} …`);
  try {
    if ('module' in from) installGo(from);
    else installPython(name, from);
    return { path: built };
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return { problem: `it could not be built: ${said.trim().split('\n').slice(-2).join(' ')}` };
  }
}

function installGo({ module, env = {} }: GoModule): void {
  // The toolchain that the project names, and not the one that the engine wants.
  const set = { ...process.env, GOTOOLCHAIN: 'auto', GOBIN: BIN, ...env };
  execFileSync('go', ['install', module], { env: set, stdio: 'pipe' });
}

function installPython(name: string, { version }: PythonPackage): void {
  const folder = join(BIN, `${name}-${version}`);
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'pipe' });
  try {
    execFileSync(join(folder, 'bin', 'pip'), ['install', '--quiet', `${name}==${version}`], { stdio: 'pipe' });
  } catch (error) {
    // Half a program would be taken for a whole one.
    rmSync(folder, { recursive: true });
    throw error;
  }
}
