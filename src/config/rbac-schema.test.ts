import { describe, expect, test } from '@jest/globals';
import { PolicyError, readPolicy } from './policy.ts';

function problemOf(rbac: string): string {
  try {
    readPolicy(`version: 1\nrbac: ${rbac}\n`, '.presync.yaml');
  } catch (error) {
    if (error instanceof PolicyError) return error.problems.map(({ message }) => message).join('; ');
    throw error;
  }
  return '';
}

const DECISION =
  'rule: rbac/logs, object: { kind: Role, name: it, group: rbac.authorization.k8s.io, namespace: shop, cluster: "" }, owner: me, reason: r';

test('reads what blocks by effect, subject and place, and what is allowed', () => {
  const entry =
    '{ effects: [secrets, rbac/bind], subjects: [{ kind: ServiceAccount, name: "*" }], namespaces: [kube-*] }';
  const { rbac } = readPolicy(`version: 1\nrbac: { blockWhere: [${entry}], allow: [{ ${DECISION} }] }`, 'x');
  expect(rbac).toMatchObject({
    block: 'critical',
    blockWhere: [
      {
        effects: ['secrets', 'rbac/bind'],
        subjects: [{ kind: 'ServiceAccount', name: '*' }],
        namespaces: ['kube-*'],
      },
    ],
    allow: [{ rule: 'rbac/logs', object: { kind: 'Role', cluster: '' }, owner: 'me' }],
  });
});

describe('refuses', () => {
  test.each([
    ['{ blockWhere: [{}] }', 'an entry names effects, subjects or namespaces; an empty one would block everything'],
    ['{ blockWhere: [{ effects: [] }] }', 'an empty list would block nothing'],
    ['{ blockWhere: [{ subjects: [] }] }', 'an empty list would block nothing'],
    ['{ blockWhere: [{ namespaces: [] }] }', 'an empty list would block nothing'],
    [
      '{ blockWhere: [{ effects: [secret] }] }',
      'rbac.blockWhere[0].effects[0]: is neither an effect nor a rule of the check rbac; did you mean secrets?',
    ],
    ['{ blockWhere: [{ effects: [images/unlisted] }] }', 'effects are cluster-admin, secrets, '],
    ['{ blockWhere: [{ effects: [rbac/tokn-request] }] }', 'did you mean rbac/token-request?'],
    ['{ blockWhere: [{ namespaces: ["kube-?"] }] }', 'a pattern knows * and ** only'],
    [
      '{ blockWhere: [{ subjects: [{ kind: Robot, name: a }] }] }',
      'wants ServiceAccount or User or Group, not "Robot"',
    ],
    [
      '{ blockWhere: [{ subjects: [{ kind: User, name: a, namespace: b }] }] }',
      'rbac.blockWhere[0].subjects[0].namespace: only a ServiceAccount has a namespace',
    ],
    [`{ allow: [{ ${DECISION.replace('rbac/logs', 'rbac/nothing')} }] }`, 'is no rule of the check rbac'],
    [`{ allow: [{ ${DECISION.replace('rbac/logs', 'secrets')} }] }`, 'is no rule of the check rbac'],
    [
      `{ allow: [{ ${DECISION.replace('name: it', 'name: "*"')} }] }`,
      'name is matched exactly; there are no wildcards',
    ],
    [`{ allow: [{ ${DECISION.replace(', cluster: ""', '')} }] }`, 'rbac.allow[0].object.cluster: '],
    [`{ allow: [{ ${DECISION.replace(', namespace: shop', '')} }] }`, 'rbac.allow[0].object.namespace: is missing'],
    [
      `{ allow: [{ ${DECISION.replace('group: rbac.authorization.k8s.io, ', '')} }] }`,
      'rbac.allow[0].object.group: is missing',
    ],
    [`{ allow: [{ ${DECISION.replace(', reason: r', '')} }] }`, 'rbac.allow[0].reason: is missing'],
    [
      `{ allow: [{ ${DECISION}, expires: 2027-01-01 }] }`,
      'rbac.allow[0].expires is no key of a policy; known here: rule, object, owner, reason',
    ],
  ])('%s', (rbac, message) => {
    expect(problemOf(rbac)).toContain(message);
  });
});
