// The test cases of public scanners about RBAC, read from checkouts of their repositories; nothing of them is kept here.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { isObject, type JsonObject, listAt, textAt, textsAt } from '../../src/model/json.ts';

export interface Case {
  readonly tool: string;
  /** The scanner's check, as its folder or file is called. */
  readonly check: string;
  readonly name: string;
  readonly isBad: boolean;
  readonly objects: readonly JsonObject[];
}

export type Reader = (folder: string) => readonly Case[];

export const READERS: Readonly<Record<string, Reader>> = {
  trivy,
  kubescape,
  checkov,
  'kube-linter': kubeLinter,
  polaris,
  kyverno,
  kubiscan,
};

const RBAC = /^(?:Cluster)?Role(?:Binding)?(?:List)?$/i;

function isRbac(object: JsonObject): boolean {
  return RBAC.test(textAt(object, 'kind'));
}

/** Templates and the like are no YAML; where one is about RBAC, that it is left out is said. */
function documents(text: string): readonly JsonObject[] {
  try {
    return loadAll(text).flatMap((one) => (isObject(one as JsonObject) ? [one as JsonObject] : []));
  } catch (error) {
    if (/kind"?:\s*"?(?:Cluster)?Role/i.test(text))
      console.error(`left out, no YAML: ${String(error).split('\n', 1)[0]}`);
    return [];
  }
}

function inFile(path: string): readonly JsonObject[] {
  return documents(readFileSync(path, 'utf8'));
}

function found(folder: string, pattern: string): readonly string[] {
  return globSync(pattern, { cwd: folder })
    .map((path) => join(folder, path))
    .toSorted();
}

/** trivy-checks: Rego tests that give one object as input and count what is denied. */
function trivy(folder: string): readonly Case[] {
  return found(folder, 'checks/kubernetes/*_test.rego').flatMap((path) => {
    const check = basename(path, '_test.rego');
    const tests = readFileSync(path, 'utf8')
      .split(/^(?=test_)/m)
      .slice(1);
    return tests.flatMap((text) => {
      const objects = regoInputs(text);
      const count = /count\(r\) (==|>|!=) (\d+)/.exec(text);
      if (count === null || !objects.some(isRbac)) return [];
      const isBad = count[1] === '==' ? count[2] !== '0' : true;
      return [{ tool: 'trivy', check, name: text.slice(0, text.indexOf(' ')), isBad, objects }];
    });
  });
}

/** The object after `input as`, which is JSON but for commas at the ends of lists: YAML takes those. */
function regoInputs(text: string): readonly JsonObject[] {
  const given = text.indexOf('input as {');
  const start = given < 0 ? -1 : text.indexOf('{', given);
  let depth = 0;
  for (let at = start; at >= 0 && at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return documents(text.slice(start, at + 1).replaceAll('\t', ' '));
  }
  return [];
}

/** regolibrary: a folder of objects, and the alerts that are expected of them. */
function kubescape(folder: string): readonly Case[] {
  return found(folder, 'rules/*/test/*/expected.json').flatMap((path) => {
    const [name, check] = [basename(dirname(path)), basename(dirname(dirname(dirname(path))))];
    const objects = found(dirname(path), 'input/*.{yaml,yml,json}').flatMap(inFile);
    const alerts: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const isBad = Array.isArray(alerts) && alerts.length > 0;
    return objects.some(isRbac) ? [{ tool: 'kubescape', check, name, isBad, objects }] : [];
  });
}

/** checkov: a folder for each check, with FAILED or PASSED in the names of files, or of objects in one file. */
function checkov(folder: string): readonly Case[] {
  const files = [
    ...found(folder, 'tests/kubernetes/checks/example_*/*.{yaml,yml,json}'),
    ...found(folder, 'tests/kubernetes/graph/checks/resources/*/*.yaml'),
  ];
  return files.flatMap((path) => {
    const check = basename(dirname(path)).replace(/^example_/, '');
    const objects = inFile(path);
    const said = /pass|fail/i.exec(basename(path))?.[0].toLowerCase();
    if (!objects.some(isRbac)) return [];
    if (said !== undefined) return [{ tool: 'checkov', check, name: basename(path), isBad: said === 'fail', objects }];
    return byVerdictInName(objects, check);
  });
}

/** Roles whose names say what is expected, each with the bindings that name it. */
function byVerdictInName(objects: readonly JsonObject[], check: string): readonly Case[] {
  const named = objects.filter((one) => isRbac(one) && /pass|fail/i.test(nameOf(one)));
  return named.map((one) => {
    const rest = objects.filter((other) => other !== one && !named.includes(other));
    return { tool: 'checkov', check, name: nameOf(one), isBad: /fail/i.test(nameOf(one)), objects: [one, ...rest] };
  });
}

function nameOf(object: JsonObject): string {
  const metadata = object['metadata'];
  return metadata === undefined ? '' : textAt(metadata, 'name');
}

/** kube-linter: one file for a check that must report something in it. */
function kubeLinter(folder: string): readonly Case[] {
  return found(folder, 'tests/checks/*.{yml,yaml}').flatMap((path) => {
    const objects = inFile(path);
    const check = basename(path).replace(/\.ya?ml$/, '');
    return objects.some(isRbac) ? [{ tool: 'kube-linter', check, name: basename(path), isBad: true, objects }] : [];
  });
}

/** polaris: success and failure are the beginnings of the names of files. */
function polaris(folder: string): readonly Case[] {
  return found(folder, 'test/checks/*/*.yaml').flatMap((path) => {
    const objects = inFile(path);
    const [name, check] = [basename(path), basename(dirname(path))];
    return objects.some(isRbac) ? [{ tool: 'polaris', check, name, isBad: name.startsWith('failure'), objects }] : [];
  });
}

/** kyverno/policies: results by name of the resource. */
function kyverno(folder: string): readonly Case[] {
  return found(folder, 'other/*/.kyverno-test/kyverno-test.yaml').flatMap((path) => {
    const test = load(readFileSync(path, 'utf8')) as JsonObject;
    const check = basename(dirname(dirname(path)));
    const files = textsAt(test, 'resources').map((one) => join(dirname(path), one));
    const objects = files.filter((file) => existsSync(file)).flatMap(inFile);
    return listAt(test, 'results').flatMap((result) => {
      const expected = textAt(result, 'result');
      if (!RBAC.test(textAt(result, 'kind')) || (expected !== 'fail' && expected !== 'pass')) return [];
      const about = textsAt(result, 'resources').map((name) => name.split('/').at(-1) ?? '');
      const own = objects.filter(
        (one) => textAt(one, 'kind') === textAt(result, 'kind') && about.includes(nameOf(one)),
      );
      return own.map((one) => ({
        tool: 'kyverno',
        check,
        name: nameOf(one),
        isBad: expected === 'fail',
        objects: [one],
      }));
    });
  });
}

/** KubiScan: the roles that it calls risky; item by item, because some are indented as nothing but their author reads them. */
function kubiscan(folder: string): readonly Case[] {
  const items = readFileSync(join(folder, 'risky_roles.yaml'), 'utf8')
    .split(/^ *- (?=kind: )/m)
    .slice(1);
  return items
    .flatMap((item) => documents(`  ${item.split(/^#/m, 1)[0] ?? ''}`))
    .map((one) => {
      const object = { apiVersion: 'rbac.authorization.k8s.io/v1', ...one };
      return { tool: 'kubiscan', check: nameOf(object), name: nameOf(object), isBad: true, objects: [object] };
    });
}
