import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { schemaText } from '../../scripts/schema.ts';
import { readPolicy } from './policy.ts';
import { formsOf, type JsonSchema, policyJsonSchema } from './policy-schema.ts';
import { SETTING_NAMES } from './settings.ts';

function page(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
}

/** Its keys are those of `images[].require.signature`, one of each. */
const ALREADY_SAID = 'images[].require.provenance.signer';

/** `waivers[].object.kind`, `clusters.<name>.server`: every key that the schema knows. */
function keysOf(schema: JsonSchema, above = ''): readonly string[] {
  const forms = formsOf(schema);
  // Where one will do in place of a list, its keys are named without brackets.
  const one = forms.filter(({ properties }) => properties !== undefined);
  return (one.length > 0 ? one : forms).flatMap((form) => keysOfForm(form, above));
}

function keysOfForm({ properties = {}, items, additionalProperties }: JsonSchema, above: string): readonly string[] {
  const own = Object.entries(properties).flatMap(([key, value]) => {
    const name = above === '' ? key : `${above}.${key}`;
    return name === ALREADY_SAID ? [name] : [name, ...keysOf(value, name)];
  });
  const free = typeof additionalProperties === 'object' ? keysOf(additionalProperties, `${above}.<name>`) : [];
  return [...own, ...(items === undefined ? [] : keysOf(items, `${above}[]`)), ...free];
}

const POLICY = page('policy.md');
const EXAMPLES = [...POLICY.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);

test('docs/presync.schema.json is what the code makes; npm run schema writes it', () => {
  expect(page('presync.schema.json')).toBe(schemaText());
});

describe('docs/policy.md', () => {
  test('has a heading for every key, in the order of the schema, and for no other', () => {
    const headings = [...POLICY.matchAll(/^#{3,4} `(.*)`$/gm)].map(([, key]) => key);
    expect(headings).toEqual(keysOf(policyJsonSchema()));
  });

  test.each(keysOf(policyJsonSchema()))('says of %s what it means, and its default or that it is required', (key) => {
    const section = POLICY.split(/^#{2,4} /m).find((text) => text.startsWith(`\`${key}\`\n`)) ?? '';
    const hasKeysOfItsOwn = POLICY.includes(`#### \`${key}.`);
    expect(/Default: |Required/.test(section) || hasKeysOfItsOwn).toBe(true);
  });

  test.each(EXAMPLES)('has an example that is taken: %s', (text) => {
    expect(() => readPolicy(text.includes('version:') ? text : `version: 1\n${text}`, 'example')).not.toThrow();
  });

  test('has an example for every key at the top', () => {
    const shown = new Set(EXAMPLES.flatMap((text) => Object.keys(load(text) as object)));
    expect([...shown].toSorted()).toEqual(Object.keys(policyJsonSchema().properties ?? {}).toSorted());
  });
});

test('the schema takes what the code takes, and refuses what the code refuses', () => {
  const validate = new Ajv.default({ strict: false }).compile(policyJsonSchema());
  for (const text of EXAMPLES) expect(validate({ version: 1, ...(load(text) as object) })).toBe(true);
  for (const wrong of [
    {},
    { version: 2 },
    { version: 1, imges: [] },
    { version: 1, rbac: { block: 'all' } },
    { version: 1, ignore: ['a?'] },
  ]) {
    expect(validate(wrong)).toBe(false);
  }
});

describe('docs/settings.md', () => {
  test('names every setting and no other', () => {
    const rows = page('settings.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const named: readonly string[] = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name),
    );
    expect(named.toSorted()).toEqual([...SETTING_NAMES].toSorted());
  });
});
