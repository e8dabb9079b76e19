import { createHmac, timingSafeEqual } from "node:crypto";

/** How far `x-ms-date` may be from our clock ("Authorize with Shared Key": 15 minutes). */
export const dateSkewMillisecondsMax = 15 * 60_000;

const signedHeaders = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
] as const;

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

/**
 * The strings of which one must be signed ("Authorize with Shared Key", version 2015-02-21 and later).
 * Two, because the page says header names sort lexicographically while Azure and its SDKs sort them as
 * .NET does: hyphens count only between otherwise equal names, `_` comes before digits.
 */
export function sharedKeyStringsToSign(request: SignedRequest, account: string): string[] {
  const head = [
    request.method.toUpperCase(),
    ...signedHeaders.map((name) => signedValue(request, name)),
  ];
  const names = [...request.headers.keys()].filter((name) => name.startsWith("x-ms-"));
  const resource = canonicalizedResource(request.url, account);
  const lines = (sorted: string[]): string =>
    sorted.map((name) => `${name}:${request.headers.get(name)?.trim() ?? ""}\n`).join("");
  const byCulture = names.toSorted((left, right) =>
    cultureKey(left) < cultureKey(right) ? -1 : 1,
  );
  const texts = [byCulture, names.toSorted()].map(
    (sorted) => `${head.join("\n")}\n${lines(sorted)}${resource}`,
  );
  return [...new Set(texts)];
}

function signedValue({ headers }: SignedRequest, name: (typeof signedHeaders)[number]): string {
  const value = headers.get(name) ?? "";
  if (name === "content-length" && value === "0") return "";
  if (name === "date" && headers.has("x-ms-date")) return "";
  return value;
}

const cultureKey = (name: string): string => name.replaceAll("-", "").replaceAll("_", "!");

/** `/account` + the path as sent + each query parameter, sorted, one a line, values decoded. */
function canonicalizedResource(url: URL, account: string): string {
  const values = new Map<string, string[]>();
  for (const [name, value] of queryParameters(url)) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const lines = [...values.keys()]
    .toSorted()
    .map((name) => `\n${name}:${values.get(name)?.toSorted().join(",") ?? ""}`);
  return `/${account}${url.pathname}${lines.join("")}`;
}

/** Query parameters percent-decoded only: a `+` stays one, unlike in URLSearchParams. */
export function queryParameters(url: URL): [string, string][] {
  return url.search
    .slice(1)
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", ...rest] = part.split("=");
      return [decodeSafely(name), decodeSafely(rest.join("="))];
    });
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // malformed escapes match no signature and no name
  }
}

/** HMAC-SHA256 with a base64 key, base64. */
export const sign = (key: string, text: string): string =>
  createHmac("sha256", Buffer.from(key, "base64")).update(text, "utf8").digest("base64");

/** Whether one of the keys signed one of the texts; the time it takes says nothing about the signature. */
export function isSignedByOneOf(
  keys: readonly string[],
  texts: readonly string[],
  signature: string,
): boolean {
  const given = Buffer.from(signature, "utf8");
  let found = false;
  for (const key of keys) {
    for (const text of texts) {
      const wanted = Buffer.from(sign(key, text), "utf8");
      found = (given.length === wanted.length && timingSafeEqual(given, wanted)) || found;
    }
  }
  return found;
}
