import { type JsonValue, listAt, objectAt, pointer, textAt, textsAt } from '../../model/json.ts';
import { groupOf, type Manifest } from '../../model/manifest.ts';
import {
  allowedBy,
  type Degree,
  degreesOf,
  type Matching,
  policyLines,
  type PolicyLine,
  worstOf,
} from './argocd-policy.ts';
import type { Loose } from './gitops-facts.ts';
import { listed, quoted } from './wording.ts';

/** What the config maps of Argo CD let its users do: https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/ */
export function looseArgoRbac({ id, object }: Manifest): readonly Loose[] {
  if (groupOf(id.apiVersion) !== '' || id.kind !== 'ConfigMap') return [];
  const data = objectAt(object, 'data');
  if (id.name === 'argocd-rbac-cm') return looseData(data);
  return SWITCHES.filter(({ map, key }) => map === id.name && textAt(data, key) === 'true').map(switchedOn);
}

const SWITCHES = [
  { map: 'argocd-cm', key: 'exec.enabled', facet: 'exec', sentence: 'terminals in pods are switched on' },
  {
    map: 'argocd-cm',
    key: 'users.anonymous.enabled',
    facet: 'anonymous',
    sentence: 'whoever reaches it has the rights of `policy.default` without a login',
  },
  {
    map: 'argocd-cmd-params-cm',
    key: 'server.disable.auth',
    facet: 'no login',
    sentence: 'whoever reaches it is admin, without a login',
  },
] as const;

function switchedOn({ key, facet, sentence }: (typeof SWITCHES)[number]): Loose {
  return { pointer: inData(key), facet, sentence };
}

function inData(key: string): string {
  return pointer('data', key);
}

interface Reading {
  readonly matching: Matching;
  readonly degrees: ReadonlyMap<string, Degree>;
}

function looseData(data: ReturnType<typeof objectAt>): readonly Loose[] {
  const files = Object.keys(data).filter((key) => /^policy\.(?:.*\.)?csv$/.test(key));
  const lines = files.flatMap((key) => policyLines(textAt(data, key)).map((line) => ({ key, line })));
  const matching = { isRegex: textAt(data, 'policy.matchMode') === 'regex', isOfProject: false };
  const degrees = degreesOf(
    lines.map(({ line }) => line),
    matching,
  );
  return [
    ...standardRole(textAt(data, 'policy.default'), degrees),
    ...lines.flatMap(({ key, line }) => looseLine(line, inData(key), { matching, degrees })),
    ...(matching.isRegex ? [REGEX] : []),
    ...scopesOf(textAt(data, 'scopes')),
  ];
}

const REGEX: Loose = {
  pointer: inData('policy.matchMode'),
  facet: 'regex',
  sentence: 'its patterns are regular expressions, which match anywhere in a name unless they are anchored',
  severity: 'medium',
};

function standardRole(role: string, degrees: Reading['degrees']): readonly Loose[] {
  const degree = degrees.get(role);
  const what = role === 'role:admin' ? 'is admin' : `has the role ${quoted(role)}`;
  const sentence = `everybody with a login ${what}`;
  return degree === undefined
    ? []
    : [{ pointer: inData('policy.default'), facet: `default ${role}`, sentence, ...asSevere(degree) }];
}

/** The severity of the rule is `high`; only what is less needs to be said. */
function asSevere(degree: Degree): Pick<Loose, 'severity'> {
  return degree === 'high' ? {} : { severity: degree };
}

function looseLine(line: PolicyLine, at: string, { matching, degrees }: Reading): readonly Loose[] {
  const { kind, who, rest } = line;
  if (kind === 'p') {
    return allowedBy(line, matching).map(({ facet, what, severity }) => {
      return { pointer: at, facet, sentence: `${quoted(who)} may ${what}`, ...asSevere(severity) };
    });
  }
  const [role = ''] = rest;
  // What a role of a project may do stands in the project, and is limited to it.
  const degree = role.startsWith('proj:') ? 'medium' : degrees.get(role);
  const what = role === 'role:admin' ? 'is admin' : `has the role ${quoted(role)}`;
  const sentence = `${quoted(who)} ${what}`;
  return degree === undefined ? [] : [{ pointer: at, facet: `${who} has ${role}`, sentence, ...asSevere(degree) }];
}

/** Claims of a login that count as its groups, besides `groups` itself: `email`, or `[groups, email]`. */
function scopesOf(written: string): readonly Loose[] {
  const scopes = written.split(/[\s,"'[\]]+/).filter((one) => one !== '' && one !== 'groups');
  return scopes.map((one) => ({
    pointer: inData('scopes'),
    facet: `scope ${one}`,
    sentence: `whatever a login says as its ${quoted(one)} counts as a group`,
    severity: one === 'email' ? 'low' : 'medium',
  }));
}

const OF_PROJECT: Matching = { isRegex: false, isOfProject: true };

/** Who may do what with the Applications of a project: https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#project-roles */
export function looseRoles({ id, object }: Manifest): readonly Loose[] {
  if (groupOf(id.apiVersion) !== 'argoproj.io' || id.kind !== 'AppProject') return [];
  return listAt(objectAt(object, 'spec'), 'roles').flatMap(roleFacts);
}

function roleFacts(role: JsonValue, index: number): readonly Loose[] {
  const name = textAt(role, 'name');
  const at = pointer('spec', 'roles', index);
  const allowed = textsAt(role, 'policies').flatMap((text) =>
    policyLines(text).flatMap((line) => allowedBy({ ...line, who: name }, OF_PROJECT)),
  );
  const worst = worstOf(allowed.map(({ severity }) => severity));
  if (worst === undefined) return [];
  const lines = allowed.map(({ facet, what, severity }): Loose => {
    return {
      pointer: `${at}/policies`,
      facet,
      sentence: `its role ${quoted(name)} may ${what}`,
      ...asSevere(severity),
    };
  });
  return [...lines, ...holdersOf(role, name, at).map((holder): Loose => ({ ...holder, ...asSevere(worst) }))];
}

/** Groups of logins, and tokens that were issued for the role and are valid because they are listed. */
function holdersOf(role: JsonValue, name: string, at: string): readonly Loose[] {
  const groups = textsAt(role, 'groups').map((group) => ({
    pointer: `${at}/groups`,
    facet: `${name} to ${group}`,
    sentence: `the group ${quoted(group)} has its role ${quoted(name)}`,
  }));
  const tokens = listAt(role, 'jwtTokens').map((token) => {
    const issued = textAt(token, 'id') || JSON.stringify(objectAt({ token }, 'token')['iat'] ?? null);
    return { facet: `${name} token ${issued}`, issued };
  });
  const [first] = tokens;
  if (first === undefined) return groups;
  const sentence = `whoever has one of ${tokens.length} tokens has its role ${quoted(name)}: ${listed(tokens.map(({ issued }) => quoted(issued)))}`;
  return [...groups, ...tokens.map(({ facet }) => ({ pointer: `${at}/jwtTokens`, facet, sentence }))];
}
