import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verdictFormat } from '../../src/report/index.ts';
import { HOSTILE, verdictOf } from '../builders/hostile.ts';
import { aFinding, aGainFinding, anAppResult, anObjectChange, aPathStep, aVerdict } from '../builders/verdict.ts';
import { asBrowserShows, BROWSER } from './browser.ts';

const PHONE = 360;
const API = 'rbac.authorization.k8s.io/v1';

/** What stands in a frame as wide as a phone: its text, how far it reaches, and the boxes of the pictures. */
const LOOK = `<!doctype html><meta charset="utf-8"><body><script>
const frame = document.createElement('iframe');
frame.style = 'border:0;width:${PHONE}px;height:4000px';
frame.onload = () => {
  const page = frame.contentDocument;
  for (const one of page.querySelectorAll('details')) one.open = true;
  const box = (one) => { const { left, right, top, bottom, height } = one.getBoundingClientRect(); return { left, right, top, bottom, height }; };
  const seen = {
    text: page.body.innerText,
    width: page.documentElement.scrollWidth,
    elements: [...new Set([...page.querySelectorAll('*')].map((one) => one.localName))],
    loaded: frame.contentWindow.performance.getEntriesByType('resource').length,
    background: frame.contentWindow.getComputedStyle(page.body).backgroundColor,
    isStyled: frame.contentWindow.getComputedStyle(page.querySelector('main')).paddingLeft,
    pictures: [...page.querySelectorAll('svg')].map((svg) => ({ ...box(svg), texts: [...svg.querySelectorAll('text')].map((one) => ({ ...box(one), words: one.textContent })) })),
  };
  document.body.textContent = JSON.stringify(seen);
};
frame.src = location.pathname.replace('/look', '');
document.body.append(frame);
</script>`;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly height: number;
}

interface Seen {
  readonly text: string;
  readonly width: number;
  readonly elements: readonly string[];
  readonly loaded: number;
  readonly background: string;
  readonly isStyled: string;
  readonly pictures: readonly (Box & { readonly texts: readonly (Box & { readonly words: string })[] })[];
}

const page = (...args: Parameters<typeof aVerdict>) =>
  verdictFormat('html')?.(aVerdict(...args), { color: false }) ?? '';

const way = [
  aPathStep({
    from: 'Deployment `web`',
    text: 'runs as service account `shop/web`',
    location: { file: 'apps/shop/web.yaml', line: 14, endLine: 14 },
  }),
  aPathStep({
    from: 'service account `shop/web`',
    to: 'service account `shop/operator-with-a-name-that-is-longer-than-one-line-of-the-picture`',
    text: 'may create pods in namespace `shop`, which run as any service account there',
    object: { apiVersion: API, kind: 'RoleBinding', namespace: 'shop', name: 'web-deployer' },
    location: { file: 'apps/shop/overlays/production/rbac/role-bindings-of-the-shop.yaml', line: 3, endLine: 9 },
  }),
  aPathStep({
    from: 'service account `shop/operator`',
    to: 'cluster-admin',
    text: 'may bind any role',
    object: { apiVersion: API, kind: 'ClusterRoleBinding', namespace: '', name: 'operator' },
  }),
];

/** All hostile texts in all places at once. */
const hostile = HOSTILE.map(([, text]) => verdictOf(text));
const HOSTILE_VERDICT = aVerdict({
  conclusion: 'failed',
  apps: hostile.flatMap(({ apps }) => apps),
  changes: hostile.flatMap(({ changes }) => changes),
  checks: hostile.flatMap(({ checks }) => checks),
  findings: hostile.flatMap(({ findings }) => findings),
  images: hostile.flatMap(({ images }) => images),
  notes: hostile.flatMap(({ notes }) => notes),
});

const PAGES: Readonly<Record<string, string>> = {
  '/report': page({
    conclusion: 'failed',
    apps: [anAppResult({ outcome: 'failed' })],
    checks: [{ id: 'rbac', outcome: 'failed', reason: '1 finding' }],
    findings: [
      aFinding({
        rule: 'rbac/workload-takeover',
        alias: 'RB-103',
        message: 'Deployment `web` can become cluster-admin',
        path: way,
      }),
      aGainFinding(),
      aGainFinding({ namespace: 'shop', subject: { kind: 'Group', namespace: '', name: 'developers' } }),
    ],
    changes: [anObjectChange()],
  }),
  '/hostile': verdictFormat('html')?.(HOSTILE_VERDICT, { color: false }) ?? '',
};

const server = createServer(({ url = '' }, response) => {
  const isLook = url.endsWith('/look');
  const body = isLook ? LOOK : PAGES[url];
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(body);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function look(path: string, ...more: readonly string[]): Promise<Seen> {
  const { port } = server.address() as AddressInfo;
  const args = ['--virtual-time-budget=10000', ...more, '--dump-dom'];
  const dom = await asBrowserShows(`http://127.0.0.1:${port}${path}/look`, args);
  const body = /<body>([\s\S]*)<\/body>/.exec(dom)?.[1] ?? '';
  return JSON.parse(
    body.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&nbsp;', '\u00a0').replaceAll('&amp;', '&'),
  );
}

if (BROWSER === undefined) {
  if (process.env['CI'] === 'true') throw new Error('chromium not found: with CI=true this test must run');
  test.todo('the report page in a browser: chromium not found');
} else {
  describe('the report page, on a phone', () => {
    test('shows verdict, way and gains, fits the screen, and loads nothing', async () => {
      const seen = await look('/report');
      expect(seen.text).toContain('1 blocking finding in 1 app');
      expect(seen.text).toContain('Who gains what: 2');
      expect(seen.text).toContain('group developers');
      expect(seen.text).toMatch(/may bind any role, by\s+ClusterRoleBinding operator/);
      expect(seen.width).toBeLessThanOrEqual(PHONE);
      expect(seen.loaded).toBe(0);
      expect(seen.isStyled).toBe('16px');
      expect(seen.background).toBe('rgb(255, 255, 255)');
    }, 90_000);

    test('draws the way: each step with its object and line, in order, all inside the picture', async () => {
      const { pictures } = await look('/report');
      const [picture] = pictures;
      const texts = picture?.texts ?? [];
      const words = texts.map((one) => one.words).join(' ');
      for (const part of [
        'Deployment web',
        'service account shop/web',
        'RoleBinding shop/web-deployer',
        'apps/shop/web.yaml:14',
        'cluster-admin',
      ])
        expect(words).toContain(part);
      expect(picture?.height).toBeGreaterThan(200);
      expect(
        texts.filter(
          ({ left, right, bottom }) =>
            left < (picture?.left ?? 0) || right > (picture?.right ?? 0) || bottom > (picture?.bottom ?? 0),
        ),
      ).toEqual([]);
      expect(texts.map(({ top }) => top)).toEqual(texts.map(({ top }) => top).toSorted((a, b) => a - b));
    }, 90_000);

    test('is dark where the reader wants it', async () => {
      const seen = await look('/report', '--blink-settings=preferredColorScheme=0');
      expect(seen.background).toBe('rgb(13, 17, 23)');
    }, 90_000);

    test('stays ours, whatever strangers write', async () => {
      const seen = await look('/hostile');
      expect(seen.elements.filter((one) => ['script', 'img', 'a', 'iframe', 'b'].includes(one))).toEqual([]);
      expect(seen.loaded).toBe(0);
      expect(seen.width).toBeLessThanOrEqual(PHONE);
      expect(seen.text).toContain(`${HOSTILE.length} blocking findings`);
      expect(seen.text).toContain('<script>alert(1)</script>');
    }, 90_000);
  });
}
