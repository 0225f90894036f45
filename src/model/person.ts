/** Somebody on GitHub: the id stays, the login is what GitHub is asked by. */
export interface Person {
  readonly id: number;
  readonly login: string;
}

/** As GitHub gives them out, also with the underscore of managed users; `name[bot]` is no person. */
export const LOGIN = /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/;
