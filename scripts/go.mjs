// `node scripts/go.mjs ARGS…`: Go as the engine is built with it, in engine/.
import { spawn } from 'node:child_process';
import { goCommand } from './engine.mjs';

const { go, cwd, env } = goCommand();
spawn(go, process.argv.slice(2), { cwd, env, stdio: 'inherit' }).on('exit', (status) => process.exit(status ?? 1));
