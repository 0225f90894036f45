import { expect, test } from '@jest/globals';
import { aManifest } from '../../../../test/builders/manifest.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { foreignRules } from './index.ts';

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ==\n-----END PUBLIC KEY-----\n';
const ALL = ['signed', 'autogen-signed', 'autogen-cronjob-signed'];
const KINDS = [
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
];
const LEFT_OUT = ['kube-system', 'kube-public', 'kube-node-lease'];

function policy(failureAction: string, resources: JsonObject = {}): Manifest {
  const match: JsonValue = { any: [{ resources: { kinds: ['Pod'], ...resources } }] };
  const attestors: JsonValue = [{ entries: [{ keys: { publicKeys: PEM } }] }];
  const verifyImages: JsonValue = [{ imageReferences: ['ghcr.io/acme/*'], failureAction, attestors }];
  return aManifest({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'check', namespace: '' },
    spec: { rules: [{ name: 'signed', match, verifyImages }] },
  });
}

interface Given {
  readonly ruleNames?: readonly string[];
  readonly policyName?: string;
  readonly resources?: JsonObject;
  readonly selection?: JsonObject;
  readonly spec?: JsonObject;
}

function exception({
  ruleNames = ALL,
  policyName = 'check',
  resources = {},
  selection = {},
  spec = {},
}: Given): Manifest {
  const selected = { resources: { kinds: ['*'], namespaces: ['old'], ...resources }, ...selection };
  return aManifest({
    apiVersion: 'kyverno.io/v2',
    kind: 'PolicyException',
    metadata: { name: 'out' },
    spec: { exceptions: [{ policyName, ruleNames: [...ruleNames] }], match: { any: [selected] }, ...spec },
  });
}

/** What is left of the rule, as `mode namespaces -exceptions`. */
function left(given: Given, own = policy('Enforce')): readonly string[] {
  const { rules, unread } = foreignRules([own, exception(given)]);
  const said = rules.map(({ mode, namespaces = ['all'], exceptNamespaces = [] }) => {
    const except = exceptNamespaces.filter((name) => !LEFT_OUT.includes(name)).map((name) => `-${name}`);
    return [mode, ...namespaces, ...except].join(' ');
  });
  return [...said, ...unread.map(({ reason }) => reason)];
}

const NAMED = 'PolicyException shop/out may leave objects out of its rule signed, which only advises where that may be';
const HERE = ['block all -old', 'advise old', NAMED];
const EVERYWHERE = ['advise all', NAMED];

function combined(namespace: string): JsonObject {
  return { resources: { kinds: ['*'], namespaces: [namespace] } };
}

test.each<[string, Given, readonly string[]]>([
  ['does not hold in namespaces that are left out', {}, ['block all -old']],
  ['does not hold where a pattern leaves it out', { ruleNames: ['*'] }, ['block all -old']],
  ['does not hold where all kinds are written out', { resources: { kinds: KINDS } }, ['block all -old']],
  ['does not hold in namespaces of a pattern', { resources: { namespaces: ['old-*'] } }, ['block all -old-**']],
  ['holds where another rule is meant', { ruleNames: ['other'] }, ['block all']],
  ['holds where another policy is meant', { policyName: 'other' }, ['block all']],
  ['advises where what autogen makes is not named', { ruleNames: ['signed'] }, HERE],
  ['advises where pods alone are left out', { resources: { kinds: ['Pod'] } }, HERE],
  ['advises where names are left out', { resources: { names: ['web'] } }, HERE],
  ['advises where subjects are left out', { selection: { subjects: [] } }, HERE],
  ['advises where conditions leave out', { spec: { conditions: {} } }, HERE],
  [
    'advises where selections are combined',
    { spec: { match: { all: [combined('old'), combined('older')] } } },
    ['block all -old -older', 'advise old older', NAMED],
  ],
  ['advises everywhere where no namespace is named', { resources: { namespaces: [] } }, EVERYWHERE],
  ['advises everywhere where one cannot be read', { resources: { namespaces: ['a?'] } }, EVERYWHERE],
  ['advises everywhere where nothing is selected', { spec: { match: {} } }, EVERYWHERE],
])('a rule %s', (_, given, expected) => {
  expect(left(given)).toEqual(expected);
});

test('a rule that only audits stays one', () => {
  expect(left({ resources: { names: ['web'] } }, policy('Audit'))).toEqual(['advise all', NAMED]);
});

test('a rule of its own namespaces advises in those of them that are named', () => {
  const own = policy('Enforce', { namespaces: ['new', 'old'] });
  const names = ['web'];
  expect(left({ resources: { names } }, own)).toEqual(['block new old -old', 'advise old', NAMED]);
  expect(left({ resources: { names, namespaces: ['x'] } }, own)).toEqual(['block new old -x', NAMED]);
  expect(left({ resources: { names, namespaces: ['o*'] } }, own)).toEqual(['advise new old', NAMED]);
});

test('an exception of another cluster leaves nothing out', () => {
  const { rules, unread } = foreignRules([policy('Enforce'), { ...exception({}), cluster: 'staging' }]);
  expect([rules[0]?.exceptNamespaces, unread]).toEqual([LEFT_OUT, []]);
});
