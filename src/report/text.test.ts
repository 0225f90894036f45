import { expect, test } from '@jest/globals';
import { SHOP } from '../../test/builders/manifest.ts';
import { aDifference, aFinding, anAppResult, anObjectChange, aVerdict } from '../../test/builders/verdict.ts';
import { text } from './text.ts';

const chart = aDifference({
  pointer: '/metadata/labels/chart',
  path: 'metadata.labels.chart',
  before: 'a',
  after: 'b',
  noise: true,
});

/** One of everything. */
const full = aVerdict({
  conclusion: 'failed',
  notes: ['All apps point elsewhere.'],
  apps: [
    anAppResult({ outcome: 'failed', objects: { added: 1, changed: 3, removed: 1, total: 5 } }),
    anAppResult({
      id: 'Kustomization:/flux-system/web',
      outcome: 'errored',
      reason: 'the chart needs\n  image.tag',
      objects: { added: 0, changed: 0, removed: 0, total: null },
    }),
    anAppResult({ id: 'Manifests:/apps', outcome: 'passed', change: 'added', reason: 'read by no app' }),
    anAppResult({ id: 'Application:/x/quiet', outcome: 'skipped', change: 'unchanged', reason: 'unaffected' }),
  ],
  changes: [
    anObjectChange({ differences: [aDifference(), chart] }),
    anObjectChange({
      object: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web' },
      differences: [chart],
    }),
    anObjectChange({
      object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web' },
      differences: [
        aDifference({ path: 'data["app.ini"]', before: 'a\nb\nc\n', after: 'a\nB\nc\n' }),
        aDifference({ path: 'data.key', before: '********', after: '********' }),
      ],
    }),
    anObjectChange({
      change: 'removed',
      object: { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'shop' },
      differences: [],
    }),
    anObjectChange({
      change: 'added',
      object: { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'new' },
      differences: [],
    }),
  ],
  checks: [
    { id: 'render', outcome: 'errored', reason: 'said above' },
    { id: 'rbac', outcome: 'failed', reason: '1 new blocking finding' },
    { id: 'images', outcome: 'errored', reason: 'ghcr.io did not answer' },
  ],
  findings: [
    aFinding({ location: { file: 'apps/shop/role.yaml', line: 4, endLine: 6 } }),
    aFinding({
      blocking: false,
      severity: 'low',
      rule: 'policy/weakened',
      alias: '',
      app: '',
      object: null,
      pointer: '',
      why: '',
      fix: '',
      location: null,
      message: 'The policy asks for less.',
    }),
    aFinding({ status: 'existing' }),
    aFinding({ status: 'fixed' }),
    aFinding({ blocking: false, waivedBy: 'team-storage: known' }),
  ],
  images: [
    {
      ref: 'ghcr.io/acme/web:1',
      digest: null,
      status: 'unsigned',
      signer: null,
      note: 'it is not signed. Sign it\nwith `cosign sign`',
      apps: [SHOP],
    },
    { ref: 'ghcr.io/acme/db:1', digest: null, status: 'verified', signer: 'acme', apps: [SHOP] },
  ],
});

test('the whole of it, in order', () => {
  expect(text(full, { color: false })).toBe(`\
1 blocking finding in 1 app; could not be checked: 1 of 3 apps and check images. Fix the blocking findings below, or have them accepted by a waiver on the base branch.

All apps point elsewhere.

Blocking (1)
  Application:production/argocd/shop
    Every verb on every resource is granted.
      ClusterRole deployer /rules/0
      written at apps/shop/role.yaml:4-6
      Why: Whoever has it owns the cluster.
      Fix: Name the verbs that are needed.
      rbac/wildcard (RB-012), critical

Could not be checked (2)
  Kustomization:/flux-system/web: the chart needs image.tag
  images: ghcr.io did not answer

Advice (1)
    The policy asks for less.
      policy/weakened, low

Besides, 1 finding existed before, 1 is fixed by this change and 1 is accepted by a waiver; none of these blocks.

Apps
  Application:production/argocd/shop  changed  +1 ~3 -1      failed
  Kustomization:/flux-system/web      changed  not rendered  errored
  Manifests:/apps                     added    +0 ~1 -0      passed  (read by no app)
  1 app not affected

Objects (5)
  Application:production/argocd/shop
    ~ ConfigMap shop/web
        ~ data["app.ini"], from its line 2:
        -   b
        +   B
        ~ data.key: changed; the value is hidden
    - Namespace shop
    + Secret shop/new
    ~ Deployment shop/web
        - spec.replicas: 1
        + spec.replicas: 2
    2 lines are folded: chart and version labels, checksums, and values that each render makes anew. 1 object differs in nothing else.

Images (2)
  ghcr.io/acme/web:1  unsigned
      it is not signed. Sign it with \`cosign sign\`
  ghcr.io/acme/db:1  verified by acme

Checks
  render: errored
  rbac: failed, 1 new blocking finding
  images: errored
`);
});

test('nothing to say is said in few lines', () => {
  const quiet = aVerdict({
    apps: [],
    changes: [],
    checks: [{ id: 'render', outcome: 'skipped', reason: 'unaffected' }],
    notes: ['No manifests changed.'],
  });
  expect(text(quiet, { color: false })).toBe(
    'No manifests changed. There is nothing to do.\n\nNo manifests changed.\n\nChecks\n  render: skipped, unaffected\n',
  );
});

test('unaffected apps alone are counted', () => {
  const quiet = aVerdict({ apps: [anAppResult({ change: 'unchanged', outcome: 'skipped' })], changes: [], checks: [] });
  expect(text(quiet, { color: false })).toContain('Apps\n  1 app not affected\n');
});

test('colours come only when they are wanted', () => {
  expect(text(full, { color: false })).not.toContain('\u001b');
  expect(text(full, { color: true }).startsWith('\u001b[31m1 blocking finding')).toBe(true);
  expect(text(full, { color: true })).toContain('\u001b[32m+ spec.replicas: 2\u001b[0m');
});

test('very many differences of one object are counted, not printed', () => {
  const differences = Array.from({ length: 43 }, (_, index) => aDifference({ path: `spec.a${index}` }));
  expect(text(aVerdict({ changes: [anObjectChange({ differences })] }), { color: false })).toContain(
    '… and 3 more differences\n',
  );
});

test('very many lines of one text are counted, not printed', () => {
  const after = Array.from({ length: 30 }, (_, index) => `new ${index}`).join('\n');
  const differences = [aDifference({ path: 'data.x', before: 'a\nz', after: `a\n${after}\nz` })];
  const printed = text(aVerdict({ changes: [anObjectChange({ differences })] }), { color: false });
  expect(printed).toContain('+   new 19\n        +   … and 10 more lines\n');
});
