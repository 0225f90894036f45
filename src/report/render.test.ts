import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { load, YAML11_SCHEMA } from 'js-yaml';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { RenderReport } from '../model/render-report.ts';
import { renderFormat } from './index.ts';

function aReport(manifest: JsonObject): RenderReport {
  const app = { id: 'b', kind: 'Chart', name: 'b', namespace: '', cluster: '', path: 'charts/b' } as const;
  return {
    schema: 'presync.render/v1',
    versions: { helm: '4', argocd: '3' },
    apps: [{ ...app, objects: [{ manifest, origin: { path: 'a.yaml', line: 1 } }] }],
    errors: [],
  };
}

function printed(format: string, report: RenderReport): string {
  return renderFormat(format)?.(report) ?? '';
}

test('YAML, the whole of it', () => {
  expect(
    printed(
      'yaml',
      aReport({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a' },
        data: { on: 'yes', mode: '0777', text: 'a\nb\n' },
      }),
    ),
  ).toBe(`\
schema: presync.render/v1
versions:
  argocd: '3'
  helm: '4'
apps:
  - id: b
    kind: Chart
    name: b
    namespace: ''
    cluster: ''
    path: charts/b
    objects:
      - manifest:
          apiVersion: v1
          kind: ConfigMap
          metadata:
            name: a
          data:
            'on': 'yes'
            mode: '0777'
            text: |
              a
              b
        origin:
          path: a.yaml
          line: 1
errors: []
`);
});

test('JSON says the same', () => {
  const report = aReport({ apiVersion: 'v1', kind: 'ConfigMap' });
  expect(JSON.parse(printed('json', report))).toEqual(report);
});

test('apps and errors are sorted, and errors do not tell secrets', () => {
  const { apps, ...rest } = aReport({});
  const report = {
    ...rest,
    apps: [...apps, ...apps.map((app) => ({ ...app, id: 'a' }))],
    errors: [
      { app: 'z', reason: 'password: hunter2' },
      { app: 'y', reason: '' },
    ],
  };
  const read = JSON.parse(printed('json', report)) as RenderReport;
  expect(read.apps.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(read.errors).toEqual([
    { app: 'y', reason: '' },
    { app: 'z', reason: 'password: ********' },
  ]);
});

describe('YAML is read alike by readers of 1.1 and 1.2', () => {
  /** What the one or the other takes for something else than a text (reference/rendering.md 9). */
  const TRICKY = [
    ['y', 'Y', 'n', 'N', 'yes', 'No', 'on', 'OFF', 'true', 'False', 'null', 'Null', '~', '', '<<', '='],
    [
      '0777',
      '0o777',
      '0x1F',
      '0b11',
      '1_000',
      '1e3',
      '1.0',
      '.5',
      '5.',
      '08',
      '+1',
      '-1',
      '.inf',
      '-.INF',
      '.NaN',
      '1E+3',
    ],
    ['12:30:45', '190:20:30.5', '2020-01-01', '2020-01-01T00:00:00Z', '2020-1-1 1:2:3'],
    [
      '- a',
      '? a',
      ': a',
      'a: b',
      'a #b',
      '#a',
      '&a',
      '*a',
      '!a',
      '|',
      '>',
      '%a',
      '@a',
      '`a',
      '{a',
      '[a',
      '"a',
      "'a",
      ',a',
      '---',
      '...',
      '--- a',
    ],
    [
      ' a',
      'a ',
      '\ta',
      'a\n',
      '\na',
      'a\n\n',
      ' a\nb',
      'a\tb',
      'a\r\nb',
      '\u0085',
      '\u2028',
      '\ufeffa',
      '\u0000',
      '\u001b[1m',
      '\u202e',
      '\u00a0',
      '😀',
      'x'.repeat(300),
    ],
  ].flat();

  test.each([...TRICKY, ...TRICKY.map((text) => `${text}\nx`)])('%j', (text) => {
    const manifest = { value: text, [text]: 'key', list: [text, [text]] };
    const yaml = printed('yaml', aReport(manifest));
    for (const options of [{}, { schema: YAML11_SCHEMA }]) {
      expect((load(yaml, options) as RenderReport).apps[0]?.objects[0]?.manifest).toEqual(manifest);
    }
  });

  test('whatever the values are', () => {
    const scalar = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
      fc.constantFrom(...TRICKY),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const key = fc.oneof(fc.string(), fc.constantFrom(...TRICKY)).filter((text) => text !== '__proto__');
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        scalar,
        fc.array(tie('value')),
        fc.dictionary(key, tie('value'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (any) => {
        const yaml = printed('yaml', aReport({ any }));
        for (const options of [{}, { schema: YAML11_SCHEMA }]) {
          expect((load(yaml, options) as RenderReport).apps[0]?.objects[0]?.manifest).toEqual({ any });
        }
      }),
    );
  });
});
