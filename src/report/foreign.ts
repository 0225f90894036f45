/**
 * Text that others wrote (names, values, messages, paths) on its way to a reader: nothing in it may steer a terminal, format a
 * page, hide itself, mention or link (A14, A16, A17, U15). Everything here shortens visibly and strips visibly.
 */

/** Controls, escapes, line separators, bidi and zero-width formats, half surrogates, what is no character. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
const ZERO_WIDTH_SPACE = '\u200b';
/** https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#mentioning-people-and-teams */
const MENTION = /(?<![a-z0-9])@(?=[\w-])(?!sha256:[0-9a-f]{64}(?![0-9a-f]))/gi;
const DIGEST = /(?<=@)sha256:[0-9a-f]{64}(?![0-9a-f])/;

/** Long enough for any name that Kubernetes allows (253) with its namespace. */
export const NAME_CHARACTERS = 320;
export const SENTENCE_CHARACTERS = 2000;

/** One line on which each character is what it seems: U+202E becomes `\u202e`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const digits = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`;
  });
}

/** At most `most` characters, and how many are missing. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most)}… (${(text.length - most).toLocaleString('en-US')} more characters)`;
}

/** A name or value for a terminal. */
export function plain(text: string, most = NAME_CHARACTERS): string {
  return visible(shortened(text, most));
}

/** A sentence for a terminal: the line breaks of renderers' errors become spaces. */
export function plainSentence(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return plain(lines.filter((line) => line !== '').join(' '), SENTENCE_CHARACTERS);
}

/** `@` no longer mentions, `<!--` is no marker of ours; the digest of an image can still be copied. */
function disarmed(text: string): string {
  return unmarked(
    text.split('@').reduce((left, right) => `${left}@${DIGEST.test(`@${right}`) ? '' : ZERO_WIDTH_SPACE}${right}`),
  );
}

function unmarked(text: string): string {
  return text.replaceAll('<!--', `<${ZERO_WIDTH_SPACE}!--`);
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/**
 * A name or value as code inside a line of Markdown. No pipes: tables would split there, in code too. Nothing is put behind an `@` that
 * cannot start a mention, so that commands and entries of a policy (`release.yml@refs/tags/v1`, `me@acme.example`) work where they are pasted.
 */
export function code(text: string, most = NAME_CHARACTERS): string {
  const inside = unmarked(plain(text, most).replaceAll('|', String.raw`\u007c`)).replace(
    MENTION,
    `@${ZERO_WIDTH_SPACE}`,
  );
  if (inside.trim() === '') return '(empty)';
  const ticks = '`'.repeat(longestRun(inside) + 1);
  const pad = /^`|`$|^ .* $/.test(inside) ? ' ' : '';
  return `${ticks}${pad}${inside}${pad}${ticks}`;
}

/** A sentence inside a line of Markdown: reads the same; what stands between two back-ticks is code, nothing else is formatted. */
export function prose(text: string): string {
  const parts = plainSentence(text).split(/(?<!`)`([^`]+)`(?!`)/);
  return parts
    .map((part, index) => (index % 2 === 1 ? code(part, SENTENCE_CHARACTERS) : escapedProse(part, index === 0)))
    .join('');
}

function escapedProse(text: string, isStart: boolean): string {
  const inside = text.replace(/[\\`*_[\]<>#|~&$]/g, String.raw`\$&`);
  const whole = isStart
    ? inside.replace(/^[-+=]/, String.raw`\$&`).replace(/^(\d{1,9})([.)])(?=\s|$)/, String.raw`$1\$2`)
    : inside;
  return unlinked(disarmed(whole));
}

/** What GitHub would turn into links or pictures: addresses, `#1`, `GH-1`, commit ids, `:tada:`. */
function unlinked(text: string): string {
  return text
    .replaceAll('://', `:${ZERO_WIDTH_SPACE}//`)
    .replace(/(www)\./gi, `$1${ZERO_WIDTH_SPACE}.`)
    .replace(/#(?=\d)|GH-(?=\d)|:(?=[\w+-]{1,40}:)/gi, `$&${ZERO_WIDTH_SPACE}`)
    .replace(/(?<![0-9a-z])(?=\d*[a-f])[0-9a-f]{7,40}(?![0-9a-z])/gi, (commit) =>
      commit.replace(/.{6}(?=.)/g, `$&${ZERO_WIDTH_SPACE}`),
    );
}

function entities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Text, or a value in double quotes, of HTML and XML. Line breaks are kept, all else that cannot be seen is shown. */
export function xmlText(text: string): string {
  return entities(text.split('\n').map(visible).join('\n'));
}

/** A name inside a block of HTML (`<summary>`), where Markdown is not read. */
export function html(text: string, most = NAME_CHARACTERS): string {
  return `<code>${entities(disarmed(plain(text, most)))}</code>`;
}

/** Lines in a fence that is longer than any run of back-ticks in them. */
export function fenced(language: string, lines: readonly string[]): readonly string[] {
  const inside = lines.map((line) => disarmed(visible(line)));
  const fence = '`'.repeat(Math.max(3, longestRun(inside.join('\n')) + 1));
  return [`${fence}${language}`, ...inside, fence];
}
