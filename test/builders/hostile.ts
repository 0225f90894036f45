import * as fc from 'fast-check';
import type { Verdict } from '../../src/model/verdict.ts';
import { aDifference, aFinding, aGain, anAppResult, anObjectChange, aPathStep, aVerdict } from './verdict.ts';

/** Texts that try to format, hide, mention, link or steer (A14, A16, A17), by what they try. */
export const HOSTILE: readonly (readonly [name: string, text: string])[] = [
  ['a mention', '@org/admins'],
  ['a fence and a heading', 'x\n```\n</details>\n# Approved\n'],
  ['a longer fence', '``````\n</details>\n# Approved'],
  ['a picture', '![](http://evil.example/pixel.png)'],
  ['a link', '[click](https://evil.example) <https://evil.example> https://evil.example www.evil.example'],
  ['a mail address', 'mail admin@evil.example or mailto:admin@evil.example'],
  ['a closing keyword', 'Fixes #1, closes GH-2, resolves org/repo#3'],
  ['a commit', 'see 0123456789abcdef0123456789abcdef01234567 or abcdef1'],
  ['a reversed text', 'safe\u202egnp.exe\u2066x\u200bhidden'],
  ['our marker', '<!-- presync -->'],
  ['terminal escapes', '\u001b[2J\u001b]8;;http://evil.example\u0007x\u001b[0m\u009b31m\r\b'],
  ['elements', '<script>alert(1)</script><img src=x onerror=y></summary></details><h1>Approved</h1>'],
  ['a table', '| a | b |\n| - | - |\n\\| \\\\| x'],
  ['emphasis', '**Passed** __all__ ~~not~~ *a* _b_ $\\LaTeX$ :white_check_mark:'],
  ['a list', '- [x] approved\n1. one\n> quote\n===\n---'],
  ['a shell', '$(touch pwn).yaml; a`id`b ${IFS} -rf'],
  ['entities', '&lt;b&gt; &#64;org &copy;'],
  ['half a character', 'a\ud800b\u0000c\ufffe'],
  ['nothing', ''],
  ['blanks', ' \t\n '],
  ['a long name', `${'n'.repeat(70_000)}@org`],
];

/** The text in every place of a verdict that strangers write. */
export function verdictOf(text: string): Verdict {
  const object = { apiVersion: text, kind: text, namespace: text, name: text };
  const app = `Application:${text}/${text}/${text}`;
  const finding = aFinding({ app, object, pointer: `/${text}`, message: text, why: text, fix: text });
  const words = [text];
  const gain = aGain({
    subject: { kind: text, namespace: text, name: text },
    rules: [
      { verbs: words, apiGroups: words, resources: words, resourceNames: words, nonResourceURLs: [] },
      { verbs: words, apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: words },
    ],
    namespace: text,
    binding: object,
    role: object,
    writtenIn: { ...object, name: `${text}2` },
  });
  return aVerdict({
    conclusion: 'failed',
    apps: [
      anAppResult({ id: app, name: text, namespace: text, cluster: text, path: text, outcome: 'failed', reason: text }),
      anAppResult({
        id: `${app}2`,
        outcome: 'errored',
        reason: text,
        objects: { added: 0, changed: 0, removed: 0, total: null },
      }),
    ],
    changes: [
      anObjectChange({
        app,
        object,
        differences: [
          aDifference({ path: text, before: text, after: `${text}\n${text}!` }),
          aDifference({ path: text, before: { [text]: text } }),
        ],
      }),
      anObjectChange({ app, object, change: 'removed', differences: [] }),
    ],
    checks: [{ id: 'rbac', outcome: 'errored', reason: text }],
    findings: [
      { ...finding, location: { file: text, line: 1, endLine: 2 } },
      { ...finding, blocking: false, severity: 'low' },
      { ...finding, blocking: false, waivedBy: text },
      { ...finding, blocking: false, gain, location: { file: text, line: 1, endLine: 2 } },
      { ...finding, blocking: false, gain, status: 'fixed' },
      { ...finding, status: 'existing', path: [aPathStep({ from: text, to: text, text, app, object, pointer: text })] },
    ],
    images: [{ ref: text, digest: null, status: 'unsigned', signer: text, apps: [app] }],
    notes: [text],
  });
}

/** Hostile texts put together from the pieces that matter to Markdown, HTML and terminals. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '`',
        '```',
        '~~~',
        '<',
        '>',
        '</details>',
        '<details>',
        '<!--',
        '-->',
        '@org',
        '\n',
        '\n\n',
        '\r',
        '# ',
        '- ',
        '1. ',
        '    ',
      ),
      fc.constantFrom(
        '|',
        '![](',
        '[a](',
        ')',
        'http://x.y',
        'www.x.y',
        '#1',
        '\u202e',
        '\u001b[1m',
        '*',
        '_',
        '&',
        '\\',
        '$',
        'a',
        ' ',
        '---',
        '===',
        '\ud800',
      ),
      fc.string({ maxLength: 5, unit: 'binary' }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));
