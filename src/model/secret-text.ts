/** What stands in place of a secret value, in every output. */
export const MASK = '********';

/** PEM private keys, also in base64 and where their end is missing. Masked before all else, or a token before one swallows its dashes. */
const PRIVATE_KEYS = new RegExp(
  [
    String.raw`-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|$)`,
    String.raw`LS0tLS1CRUdJTi(?:BQUklW|BSU0Eg|BFQyBQ|BPUEVOU1NI|BFTkNSW|BEU0Eg|BQR1AgUFJJ)[A-Za-z0-9+/=]*`,
  ].join('|'),
  'g',
);

/**
 * Texts that are secrets wherever they stand. Forms: GitHub tokens (docs.github.com, "About authentication"), AWS key ids
 * (IAM "unique identifiers"), GitLab, Slack, Google, Stripe, npm, Vault, age and JSON Web Tokens, SOPS' own cipher texts,
 * passwords in URLs.
 */
const TOKENS = new RegExp(
  [
    String.raw`\bgh[pousr]_[A-Za-z0-9][A-Za-z0-9_.-]{14,}[A-Za-z0-9]`,
    String.raw`\bgithub_pat_[A-Za-z0-9_]{20,}`,
    String.raw`\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`,
    String.raw`\bglpat-[A-Za-z0-9_-]{20,}`,
    String.raw`\bxox[abeoprs]-[A-Za-z0-9-]{10,}`,
    String.raw`\bAIza[A-Za-z0-9_-]{35}`,
    String.raw`\b[rs]k_live_[A-Za-z0-9]{16,}`,
    String.raw`\bnpm_[A-Za-z0-9]{36}`,
    String.raw`\bhv[sb]\.[A-Za-z0-9_-]{20,}`,
    String.raw`\bAGE-SECRET-KEY-1[A-Z0-9]{50,}`,
    String.raw`(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`,
    String.raw`ENC\[[A-Z0-9_]{1,40},data:[^\][]*\]`,
    String.raw`(?<=:\/\/[^\s\/:@]{0,200}:)[^\s\/@]+(?=@)`,
  ].join('|'),
  'g',
);

const KEY = String.raw`(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)`;
const SECRET_KEY = new RegExp(`${KEY}$`, 'i');

/** `password: value`, `"token": "value"` (also with escaped quotes), `API_KEY=value`; everything is bounded or consumed. */
const ASSIGNED = new RegExp(
  String.raw`(?<lead>(?<![Cc]hecksum[/-])(?<key>${KEY}|(?<=["'])auth)(?:\\?["'])?[ \t]{0,8}[:=][ \t]{0,8})(?:(?<open>\\?["'])(?<quoted>[^"'\\\n]+)|(?<bare>[^\s"'\\&][^\s&]*))`,
  'gi',
);

/** Names such as `db-credentials` and values that only point at something: templates, paths, addresses. */
const REFERENCE = /^[$%<{(*./]|\{\{|\$[({]|:\/\//;
const MIN_RANDOM = 16;

/** Does a key announce a secret: `password`, `GITHUB_TOKEN`, `db.apiKey`; `secretName` and `checksum/secret` do not. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) && !/^checksum[/-]/i.test(key);
}

/** Bits per character, of the characters' own frequencies. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/** Would nobody write this by hand: long, of mixed characters, without words between separators? */
export function looksRandom(text: string): boolean {
  if (text.length < MIN_RANDOM || !/^[\x21-\x7e]+$/.test(text) || REFERENCE.test(text) || entropy(text) < 3)
    return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/].filter((one) => one.test(text)).length;
  const longest = text.split(/[-_.:/@,]/).reduce((best, part) => (part.length > best.length ? part : best), '');
  return /\d/.test(text) && (classes === 3 || (longest.length >= 12 && /\d/.test(longest) && /[A-Za-z]/.test(longest)));
}

function withoutTokens(text: string): string {
  return text.replace(PRIVATE_KEYS, MASK).replace(TOKENS, MASK);
}

function maskAssigned(text: string, isSecret: (key: string, value: string) => boolean): string {
  return text.replace(ASSIGNED, (whole: string, ...groups: readonly unknown[]) => {
    const { lead, key, open, quoted, bare } = groups.at(-1) as Record<string, string | undefined>;
    const value = quoted ?? bare ?? '';
    return isSecret(key ?? '', value) ? `${lead}${open ?? ''}${MASK}` : whole;
  });
}

/** A value of an object: what is certainly a secret, and what looks random behind a key that announces one. */
export function maskText(text: string): string {
  return maskAssigned(withoutTokens(text), (_, value) => looksRandom(value));
}

/**
 * A sentence (a finding, a reason, the error of a renderer that repeats values): in addition what follows `password:`, random or
 * not, because a sentence loses nothing by it (A18).
 */
export function maskSentence(text: string): string {
  return maskAssigned(
    withoutTokens(text),
    (key, value) => looksRandom(value) || (/^pass/i.test(key) && isPassword(value)),
  );
}

function isPassword(value: string): boolean {
  return value.length >= 4 && /[\dA-Z!#%^&+=?]/.test(value) && !REFERENCE.test(value);
}
