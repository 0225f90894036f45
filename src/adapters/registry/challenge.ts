/** What a 401 asks for: https://distribution.github.io/distribution/spec/auth/token/ */
export interface Challenge {
  readonly scheme: 'bearer' | 'basic';
  readonly realm: string;
  readonly service: string;
}

/** One WWW-Authenticate header may hold several challenges (RFC 9110, 11.6.1); a token is asked for where one is offered. */
export function readChallenge(header: string): Challenge | undefined {
  const marks = [...header.matchAll(/(?:^|,)\s*(bearer|basic)(?=\s|$)/gi)];
  const challenges = marks.map((mark, index) => {
    const text = header.slice(mark.index + mark[0].length, marks[index + 1]?.index);
    const parameters = new Map(
      [...text.matchAll(/([a-z]+)="([^"\\]*)"/gi)].map(([, key = '', value = '']) => [key.toLowerCase(), value]),
    );
    const scheme = mark[1]?.toLowerCase() === 'bearer' ? 'bearer' : 'basic';
    return { scheme, realm: parameters.get('realm') ?? '', service: parameters.get('service') ?? '' } as const;
  });
  return challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges[0];
}
