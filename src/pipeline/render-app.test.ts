import { describe, expect, test } from '@jest/globals';
import { anApp } from '../../test/builders/rendered.ts';
import { aRun } from '../../test/builders/run.ts';
import { anAnswer, anEngine } from '../../test/fakes/engine.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import { HERE } from '../model/content.ts';
import { type EngineAnswer, EngineError, type EngineErrorCode, type EngineRequest } from '../ports/engine.ts';
import { isShown, renderApp } from './render-app.ts';

const CONFIG = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' } };
const reads = (path: string) => [
  { at: '/', files: [[path, 'oid'] as const], present: [], absent: [], listed: [], links: [] },
];
const answer = anAnswer({ objects: [{ manifest: CONFIG, origin: {}, volatile: [] }], reads: reads('web.yaml') });

function refuse(code: EngineErrorCode, message = 'no'): Promise<EngineAnswer> {
  return Promise.reject(new EngineError(code, message, { reads: reads('kustomization.yaml') }));
}

function render(build: (request: EngineRequest) => Promise<EngineAnswer>, app = anApp(), signal = AbortSignal.any([])) {
  const engine = anEngine({ 'kustomize.build': build, 'flux.build': build });
  return renderApp(app, aTree({}), aRun({ engine, signal })).then((rendered) => ({ rendered, engine }));
}

const isPart = ({ input }: EngineRequest) => input['withoutPlugins'] === true;

describe('a kustomization with plugins', () => {
  test('is shown without them, and stays failed with its reason and all that was read', async () => {
    const { rendered } = await render((request) =>
      isPart(request) ? Promise.resolve(answer) : refuse('unsupported', 'a plugin'),
    );
    expect(isShown(rendered)).toBe(true);
    expect(rendered).toMatchObject({
      manifests: [{ object: CONFIG, app: anApp().id }],
      failure: {
        code: 'unsupported',
        reason: 'a plugin; shown without what the plugin would add or change',
        isPartial: true,
      },
    });
    expect(rendered.looks.flatMap((look) => look.reads.flatMap(({ files }) => files.map(([path]) => path)))).toEqual([
      'kustomization.yaml',
      'web.yaml',
    ]);
  });

  test('is not shown where the rest fails too', async () => {
    const { rendered } = await render((request) => refuse(isPart(request) ? 'build' : 'unsupported', 'a plugin'));
    expect(isShown(rendered)).toBe(false);
    expect(rendered).toMatchObject({ manifests: [], failure: { code: 'unsupported', reason: 'a plugin' } });
  });
});

test.each<EngineErrorCode>(['build', 'parse', 'limit', 'remote', 'denied', 'internal', 'schema'])(
  'a failure of kind %s is not tried without plugins',
  async (code) => {
    const { rendered, engine } = await render(() => refuse(code));
    expect({ asked: engine.requests.length, shown: isShown(rendered) }).toEqual({ asked: 1, shown: false });
  },
);

test('other sources are not tried without plugins', async () => {
  const app = anApp({ source: { type: 'flux', path: 'apps/shop', input: {}, content: HERE } });
  const { engine } = await render(() => refuse('unsupported'), app);
  expect(engine.requests.map(({ input }) => input)).toEqual([{ path: '/apps/shop' }]);
});

test('the end of the run is no failure of the app', async () => {
  const stopped = AbortSignal.abort(new Error('stop'));
  await expect(render(() => Promise.resolve(answer), anApp(), stopped)).rejects.toThrow('stop');
});
