import type { z } from 'zod';
import { isObject } from '../model/json.ts';
import { knownKeys } from './policy-schema.ts';
import { isOperatorKey } from './policy-keys.ts';
import { didYouMean } from './suggest.ts';
import type { Path, YamlDocument } from './yaml.ts';

export type PolicyProblemCode = 'SYNTAX' | 'UNKNOWN_KEY' | 'OPERATOR_KEY' | 'VALUE';

export interface PolicyProblem {
  readonly code: PolicyProblemCode;
  readonly line: number;
  readonly message: string;
}

/** What the schema says, in words for who wrote the file. */
export function problemsOf(issue: z.core.$ZodIssue, document: YamlDocument): readonly PolicyProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, document));
  const form = issue.code === 'invalid_union' ? meantForm(issue.errors) : [];
  if (form.length > 0)
    return form.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, document));
  return [
    {
      code: 'VALUE',
      line: document.lineOf(path),
      message: `${shown(path)}: ${sentence(issue, valueAt(document.value, path))}`,
    },
  ];
}

/** Of several forms of a value the one that was meant: whose kind (text, keys, list) the value has. None where it has no form's. */
function meantForm(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  return forms.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0)) ?? [];
}

function unknownKey(parent: Path, key: string, document: YamlDocument): PolicyProblem {
  const path = [...parent, key];
  const line = document.lineOf(path);
  const known = knownKeys(parent);
  const meant = didYouMean(key, known);
  if (meant === undefined && isOperatorKey(key)) {
    return {
      code: 'OPERATOR_KEY',
      line,
      message: `${shown(path)} belongs to the operator; a repository cannot set it (docs/settings.md)`,
    };
  }
  const help = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
  return { code: 'UNKNOWN_KEY', line, message: `${shown(path)} is no key of a policy; ${help}` };
}

function sentence(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_type')
    return found === undefined
      ? 'is missing'
      : `wants ${WANTED[issue.expected] ?? issue.expected}, not ${shownValue(found)}`;
  if (issue.code === 'invalid_value')
    return found === undefined
      ? 'is missing'
      : `wants ${issue.values.map(String).join(' or ')}, not ${shownValue(found)}`;
  if (issue.code === 'invalid_union') return `cannot be ${shownValue(found)} (docs/policy.md shows its forms)`;
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}

const WANTED: Readonly<Record<string, string>> = {
  string: 'a text (in quotes, if it looks like a number or like true)',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
};

function shownValue(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'keys and values' : JSON.stringify(value).slice(0, 60);
}

/** `waivers[0].object.kind`; foreign keys are cut, and quoted where they are no plain words. */
function shown(path: Path): string {
  if (path.length === 0) return 'the file';
  const parts = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    return /^[\w.-]{1,60}$/.test(part) ? `.${part}` : `.${JSON.stringify(part.slice(0, 60))}`;
  });
  return parts.join('').replace(/^\./, '');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, part) => {
    if (Array.isArray(here)) return (here as readonly unknown[])[Number(part)];
    return isObject(here) && Object.hasOwn(here, part) ? here[part] : undefined;
  }, value);
}
