/** With this prefix a browser takes a cookie only from this very host, over TLS, for all paths (RFC 6265bis, 4.1.3). */
export const sessionCookie = "__Host-nightcap-session";

/** A cookie header is at most as long as all headers may be; more pairs than this are not looked at. */
const pairCountMax = 200;

/** The value of a cookie, or null. */
export function readCookie(headers: Headers, name: string): string | null {
  const pairs = (headers.get("cookie") ?? "").split(/; */, pairCountMax);
  const found = pairs.find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? null;
}

/** `Set-Cookie` for a value that scripts cannot read. */
export function writeCookie(options: {
  name: string;
  value: string;
  lifeMilliseconds: number;
  /** `Lax` where it has to come along when another site sends the browser here. */
  sameSite: "Strict" | "Lax";
}): string {
  const { name, value, lifeMilliseconds, sameSite } = options;
  const maxAge = Math.max(0, Math.round(lifeMilliseconds / 1_000));
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; Secure; HttpOnly; SameSite=${sameSite}`;
}

export const clearCookie = (name: string): string =>
  writeCookie({ name, value: "", lifeMilliseconds: 0, sameSite: "Strict" });
