import { ANNOUNCED, COMMANDS } from './commands/index.ts';
import { keepCode } from './commands/code-cache.ts';
import { EXIT, type Io, UsageError } from './commands/command.ts';
import { PresyncError } from './model/error.ts';
import { maskSentence } from './model/secret-text.ts';

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

async function readStdin(): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

const io: Io = {
  out: (text) => write(process.stdout, text),
  note: (text) => process.stderr.write(`presync: ${text}\n`),
  log: (line) => process.stderr.write(line),
  cwd: process.cwd(),
  environment: process.env,
  color: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  stdin: readStdin,
};

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(8)} ${(await load()).summary}`),
  );
  return `presync COMMAND [OPTION]…\n\n${lines.join('\n')}\n\n\`presync COMMAND --help\` shows its options; docs/cli.md says the rest.\n`;
}

async function runCommand([name = '', ...args]: readonly string[]): Promise<number> {
  if (['', 'help', '--help', '-h'].includes(name)) {
    await io.out(await overview());
    return name === '' ? EXIT.usage : EXIT.passed;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const known = ANNOUNCED.includes(name) ? `\`presync ${name}\` is not built yet` : `there is no command "${name}"`;
    throw new UsageError(`${known}; there are ${Object.keys(COMMANDS).join(', ')}`);
  }
  // Before the command brings its modules.
  keepCode(name, args, io);
  const command = await load();
  if (args.includes('--help') || args.includes('-h')) {
    await io.out(`${command.usage}\n`);
    return EXIT.passed;
  }
  return command.run(args, io);
}

/** A user gets one sentence; a stack only where the fault is ours, and only when asked for. */
function explain(error: unknown): number {
  const message = maskSentence(error instanceof Error ? error.message : String(error));
  io.note(error instanceof PresyncError ? message : `this is a fault in presync: ${message}`);
  if (process.env['PRESYNC_DEBUG'] === '1' && error instanceof Error) io.note(error.stack ?? '');
  return error instanceof UsageError ? EXIT.usage : EXIT.errored;
}

// A reader that goes away (`presync check | head`) is no fault of ours.
process.stdout.on('error', () => process.exit(EXIT.errored));
process.exitCode = await runCommand(process.argv.slice(2)).catch(explain);
