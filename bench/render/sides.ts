import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { ToolError } from '../../src/ports/tool-runner.ts';
import { type Corpus, folderOf } from './corpus.ts';

export const ENGINE = join(import.meta.dirname, '..', '..', 'engine');
const BIN = join(ENGINE, 'bin');
const KUSTOMIZE = '5.8.3';
const never = new AbortController().signal;

/** One way to render all roots of a corpus. `render` gives what was printed, or why nothing was. */
export interface Side {
  readonly name: string;
  render(root: string): Promise<Rendered>;
  close(): Promise<void>;
}
export type Rendered =
  | { readonly objects: readonly unknown[] }
  | { readonly yaml: string }
  | { readonly failed: string };

export function engineSide(corpus: Corpus, processes: number): Side {
  const engine = engineOf({ runner: toolRunner(), binary: join(BIN, 'presync-engine'), processes });
  const mounts = [{ at: '/', tree: corpus.tree }];
  return {
    name: 'engine',
    async render(root) {
      try {
        const answer = await engine.run({ operation: 'kustomize.build', mounts, input: { path: `/${root}` } }, never);
        return { objects: answer.objects.map(({ manifest }) => manifest) };
      } catch (error) {
        return { failed: String(error) };
      }
    },
    close: () => engine.close(),
  };
}

/** One process of the program for each root, which is what tools around the command line pay. */
export function programSide(corpus: Corpus, program: string): Side {
  return {
    name: 'kustomize build',
    async render(root) {
      const env = { HOME: '/nonexistent' };
      const run = {
        program,
        args: ['build', '.'],
        cwd: folderOf(corpus, root),
        env,
        timeoutMs: 60_000,
        maxOutputBytes: 1 << 28,
      };
      try {
        const { status, stdout, stderr } = await toolRunner().run(run);
        return status === 0 ? { yaml: new TextDecoder().decode(stdout) } : { failed: stderr };
      } catch (error) {
        if (error instanceof ToolError) return { failed: error.message };
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Builds the program from the same modules as the engine. Its release asks for a kube-openapi that the module proxy does not always
 * have, so the engine's takes its place here as well; `go install` cannot do that.
 */
export function buildKustomize(): string {
  const folder = join(BIN, `kustomize-${KUSTOMIZE}`);
  const program = join(folder, 'kustomize');
  if (existsSync(program)) return program;
  const [replaced] = /k8s\.io\/kube-openapi => .*/.exec(readFileSync(join(ENGINE, 'go.mod'), 'utf8')) ?? [];
  const lines = [
    'module presync.dev/bench',
    'go 1.26',
    `replace ${replaced ?? ''}`,
    `require sigs.k8s.io/kustomize/kustomize/v5 v${KUSTOMIZE}`,
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go.mod'), `${lines.join('\n\n')}\n`);
  const go = join(ENGINE, '..', 'scripts', 'go.mjs');
  const args = ['build', '-C', folder, '-mod=mod', '-o', program, 'sigs.k8s.io/kustomize/kustomize/v5'];
  execFileSync(process.execPath, [go, ...args], { stdio: ['ignore', 2, 2] });
  return program;
}
