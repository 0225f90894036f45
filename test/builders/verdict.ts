import type { Finding, Gain, PathStep } from '../../src/model/finding.ts';
import type { AppResult, Difference, ObjectChange, Verdict } from '../../src/model/verdict.ts';
import { SHOP } from './manifest.ts';

/** An app that changed and passed. */
export function anAppResult(given: Partial<AppResult> = {}): AppResult {
  return {
    id: SHOP,
    kind: 'Application',
    name: 'shop',
    namespace: 'argocd',
    cluster: 'production',
    path: 'apps/shop',
    change: 'changed',
    outcome: 'passed',
    reason: '',
    objects: { added: 0, changed: 1, removed: 0, total: 3 },
    ...given,
  };
}

/** New and blocking, on line 4 of a file. */
export function aFinding(given: Partial<Finding> = {}): Finding {
  return {
    rule: 'rbac/wildcard',
    alias: 'RB-012',
    severity: 'critical',
    blocking: true,
    status: 'new',
    app: SHOP,
    object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', namespace: '', name: 'deployer' },
    pointer: '/rules/0',
    message: 'Every verb on every resource is granted.',
    why: 'Whoever has it owns the cluster.',
    fix: 'Name the verbs that are needed.',
    location: { file: 'apps/shop/role.yaml', line: 4, endLine: 4 },
    ...given,
  };
}

/** A service account that can now read Secrets in the whole cluster. */
export function aGain(given: Partial<Gain> = {}): Gain {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const role = { apiVersion, kind: 'ClusterRole', namespace: '', name: 'reader' };
  return {
    subject: { kind: 'ServiceAccount', namespace: 'shop', name: 'web' },
    rules: [
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['secrets'], resourceNames: [], nonResourceURLs: [] },
    ],
    namespace: null,
    binding: { apiVersion, kind: 'ClusterRoleBinding', namespace: '', name: 'web-reader' },
    role,
    writtenIn: role,
    isCut: false,
    ...given,
  };
}

/** The first step of a way; nothing but its words matters to most readers. */
export function aPathStep(given: Partial<PathStep> = {}): PathStep {
  return {
    from: 'Deployment `web`',
    to: 'service account `shop/web`',
    text: 'Deployment `web` runs as service account `shop/web`',
    app: SHOP,
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    pointer: '/spec/template/spec/serviceAccountName',
    location: null,
    ...given,
  };
}

/** Of the table who gains what; lost where it is `fixed`. */
export function aGainFinding(gain: Partial<Gain> = {}, given: Partial<Finding> = {}): Finding {
  const rule = { rule: 'rbac/gained-permissions', alias: 'RB-090', severity: 'info', blocking: false } as const;
  const said = { message: 'service account `shop/web` can now get on secrets', why: '', fix: '' };
  return aFinding({ ...rule, ...said, gain: aGain(gain), ...given });
}

export function aDifference(given: Partial<Difference> = {}): Difference {
  return { pointer: '/spec/replicas', path: 'spec.replicas', before: 1, after: 2, noise: false, ...given };
}

export function anObjectChange(given: Partial<ObjectChange> = {}): ObjectChange {
  return {
    app: SHOP,
    change: 'changed',
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    differences: [aDifference()],
    ...given,
  };
}

/** One app, nothing to complain of; state what is otherwise. */
export function aVerdict(given: Partial<Verdict> = {}): Verdict {
  return {
    schema: 'presync.verdict/v1',
    conclusion: 'passed',
    base: 'a'.repeat(40),
    head: 'b'.repeat(40),
    tree: 'c'.repeat(40),
    versions: { helm: '4.3.1' },
    apps: [anAppResult()],
    changes: [anObjectChange()],
    checks: [{ id: 'render', outcome: 'passed', reason: '1 affected app rendered' }],
    findings: [],
    images: [],
    lock: [],
    notes: [],
    timings: { render: 12 },
    ...given,
  };
}
