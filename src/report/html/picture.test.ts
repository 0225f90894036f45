import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hostileText } from '../../../test/builders/hostile.ts';
import { aPathStep } from '../../../test/builders/verdict.ts';
import { pathPicture } from './picture.ts';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly words: string;
}

function textsIn(markup: string): readonly Box[] {
  return [...markup.matchAll(/<text x="([\d.]+)" y="([\d.]+)" class="\w+">([^<]*)<\/text>/g)].map(
    ([, x, y, words = '']) => ({ x: Number(x), y: Number(y), words }),
  );
}

function sizeOf(markup: string): readonly [width: number, height: number] {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(markup) ?? [];
  return [Number(width), Number(height)];
}

const draw = (...steps: Parameters<typeof aPathStep>[0][]) => pathPicture(steps.map(aPathStep), 'a way').markup;

describe('the picture of a way', () => {
  test('has who acts, each step with its object and line, and the end', () => {
    const location = { file: 'apps/web.yaml', line: 12, endLine: 12 };
    const markup = draw(
      { from: 'Deployment `web`', to: 'account `a`', text: 'runs as it', location },
      { from: 'account `a`', to: 'cluster-admin', text: 'may bind any role', object: null },
    );
    expect(textsIn(markup).map(({ words }) => words)).toEqual([
      'Deployment web',
      'runs as it',
      'Deployment shop/web',
      'apps/web.yaml:12',
      'account a',
      'may bind any role',
      'cluster-admin',
    ]);
    expect(markup).toMatch(/<g class="end"><rect [^>]*><\/rect><text [^>]*>cluster-admin/);
    expect(markup).toContain('<title>a way</title>');
  });

  test('breaks what is longer than a line, and cuts what is longer than six', () => {
    const markup = draw({ text: 'x'.repeat(1_000), to: 'one two '.repeat(10) });
    const words = textsIn(markup).map((one) => one.words);
    expect(Math.max(...words.map(({ length }) => length))).toBeLessThanOrEqual(46);
    expect(words.filter((one) => one.startsWith('xx'))).toHaveLength(5);
    expect(words).toContain('…');
  });

  test('is bounded: a way of more steps than are drawn says so', () => {
    const words = textsIn(draw(...Array.from({ length: 20 }, () => ({})))).map((one) => one.words);
    expect(words.at(-1)).toBe('… and 8 more steps');
  });

  test('whatever the names are, no line leaves the picture or lies on another', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (from, text) => {
        const markup = draw({ from, text, to: text });
        const [width, height] = sizeOf(markup);
        const texts = textsIn(markup.replaceAll(/&\w+;|&#\d+;/g, '_'));
        expect(texts.filter(({ x, y, words }) => x + Array.from(words).length * 7.3 > width || y > height)).toEqual([]);
        expect(new Set(texts.map(({ y }) => y)).size).toBe(texts.length);
      }),
    );
  });
});
