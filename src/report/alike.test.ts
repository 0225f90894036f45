import { describe, expect, test } from '@jest/globals';
import { aFinding, aGainFinding, aPathStep, aVerdict } from '../../test/builders/verdict.ts';
import { verdictFormat } from './index.ts';
import { alike, appsWords, byApps, eachWords } from './alike.ts';
import { briefWords, ownWords } from './brief.ts';
import type { Finding } from '../model/finding.ts';

function printed(format: string, findings: readonly Finding[]): string {
  return verdictFormat(format)?.(aVerdict({ conclusion: 'failed', findings }), { color: false }) ?? '';
}

const inApps = (...apps: readonly string[]) => apps.map((app) => aFinding({ app }));

describe('what reads the same in several apps', () => {
  test.each<[string, readonly Finding[], readonly (readonly string[])[]]>([
    ['is one', inApps('a', 'b'), [['a', 'b']]],
    ['twice in one app is one too', inApps('a', 'a'), [['a']]],
    ['with another line is another', [aFinding({ app: 'a' }), aFinding({ app: 'b', location: null })], [['a'], ['b']]],
    [
      'with another severity is another',
      [aFinding({ app: 'a' }), aFinding({ app: 'b', severity: 'low' })],
      [['a'], ['b']],
    ],
    [
      'accepted in one of them is another',
      [aFinding({ app: 'a' }), aFinding({ app: 'b', waivedBy: 'x' })],
      [['a'], ['b']],
    ],
    [
      'goes the same way, whichever app its steps are in',
      ['a', 'b'].map((app) => aFinding({ app, path: [aPathStep({ app })] })),
      [['a', 'b']],
    ],
    [
      'goes another way is another',
      ['a', 'b'].map((app) => aFinding({ app, path: [aPathStep({ text: app })] })),
      [['a'], ['b']],
    ],
  ])('%s', (_, findings, expected) => {
    expect(alike(findings).map(({ apps }) => apps)).toEqual(expected);
  });

  test('stands under one heading with all that its apps have in common', () => {
    const findings = [...inApps('a', 'b'), ...inApps('b', 'a').map((one) => ({ ...one, message: 'Other.' }))];
    const groups = byApps([...findings, aFinding({ app: 'b', message: 'Own.' })]);
    expect(groups.map((group) => [group.apps, eachWords(group)])).toEqual([
      [['a', 'b'], '2 in each of 2 apps'],
      [['b'], '1'],
    ]);
  });

  test('names six of its apps, and counts the rest', () => {
    const apps = ['', 'b', 'c', 'd', 'e', 'f'];
    expect(appsWords(apps, (app) => `<${app}>`)).toBe('this change, <b>, <c>, <d>, <e>, <f>');
    expect(appsWords([...apps, 'g'], (app) => app)).toBe('this change, b, c, d, e, f and 1 more');
  });

  test.each([
    ['markdown', '<code>a</code>, <code>b</code>: 1 in each of 2 apps', '(in 2 apps)'],
    ['html', '<code>a</code>, <code>b</code>: 1 in each of 2 apps', '(in 2 apps)'],
    ['text', '  a, b: 1 in each of 2 apps', ''],
  ])('in %s it is said once above and once below, and the heading counts all', (format, heading, above) => {
    const output = printed(format, inApps('a', 'b'));
    expect(output).toContain(heading);
    expect(output).toContain(above);
    expect(output).toMatch(/Blocking(?:: 2| \(2\))/);
    expect(output.split('Every verb on every resource is granted.')).toHaveLength(format === 'text' ? 2 : 3);
  });

  test.each([
    ['markdown', '| `a`, `b` |', 'Who gains what: 1'],
    ['html', '<code>a</code>, <code>b</code></td>', 'Who gains what: 1'],
    ['text', ', in a, b\n', 'Who gains what (1)'],
  ])('in %s a gain has one row that lists its apps', (format, apps, heading) => {
    const output = printed(format, [aGainFinding({}, { app: 'a' }), aGainFinding({}, { app: 'b' })]);
    expect(output).toContain(apps);
    expect(output).toContain(heading);
  });
});

describe('a way', () => {
  const path = [
    aPathStep(),
    aPathStep({ from: 'service account `shop/web`', to: 'the cluster', text: 'it binds a role' }),
  ];
  const message = `${path.map(({ text }) => text).join('; ')}; the same is open to group \`dev\``;

  test.each<[string, Partial<Finding>, string]>([
    [
      'is told by its ends',
      { path, message },
      'Deployment `web` can get to the cluster in 2 steps; the same is open to group `dev`',
    ],
    ['of one step is told in full', { path: path.slice(0, 1), message }, message],
    ['whose message says something else keeps it', { path, message: 'Else.' }, 'Else.'],
    ['is none without steps', { message }, message],
  ])('%s', (_, given, expected) => {
    expect(ownWords(aFinding(given))).toBe(expected);
  });

  test.each(['markdown', 'html', 'text'])('in %s its steps are told once', (format) => {
    expect(printed(format, [aFinding({ path, message })]).split('it binds a role').length - 1).toBeLessThanOrEqual(
      format === 'text' ? 1 : 2,
    );
  });
});

describe('in brief', () => {
  const name = `\`${'a, '.repeat(90)}\``;
  test.each([
    ['what is short is whole', 'It can read: get on secrets', 'It can read: get on secrets'],
    [
      'what is long ends at a comma',
      `It can read: ${'x'.repeat(150)}, ${'y'.repeat(90)}`,
      `It can read: ${'x'.repeat(150)} …`,
    ],
    ['never inside of a name', `It can read: ${name}`, 'It can read …'],
    ['what has no comma is whole', 'x'.repeat(300), 'x'.repeat(300)],
  ])('%s', (_, message, expected) => {
    expect(briefWords({ message })).toBe(expected);
  });
});
