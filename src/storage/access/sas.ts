import { NightcapError } from "../../common/errors.ts";
import { sign } from "./shared-key.ts";

/** The service version that our own signatures name; Azure accepts it since 2022. */
export const sasVersion = "2021-12-02";

/** Azure wants the letters in this order, and signs them so. */
const permissionOrder = "racwdxyltmeopi";
const versionPattern = /^20[0-9]{2}-[0-9]{2}-[0-9]{2}$/;

export interface SignBlobUrlOptions {
  /** The blob's URL without a query, path style (`/account/container/blob`) or Azure's host style. */
  readonly blobUrl: string;
  readonly account: string;
  /** Base64. */
  readonly key: string;
  /** Letters of `racwd`. The uploader wants "rcw": Get Block List needs r. */
  readonly permissions: string;
  /** Milliseconds since the epoch; whole seconds are signed. */
  readonly expiresAt: number;
  readonly startsAt?: number;
}

/** The blob's URL with a service SAS for this blob alone. An https URL gets a signature for https only. */
export function signBlobUrl(options: SignBlobUrlOptions): string {
  const url = new URL(options.blobUrl);
  const { container, blob } = blobOfUrl(url, options.account);
  const parameters = new Map([
    ["sv", sasVersion],
    ["spr", url.protocol === "https:" ? "https" : "https,http"],
    ["st", options.startsAt === undefined ? "" : sasTime(options.startsAt)],
    ["se", sasTime(options.expiresAt)],
    ["sr", "b"],
    ["sp", orderPermissions(options.permissions)],
  ]);
  const text = serviceSasStringToSign(parameters, `/blob/${options.account}/${container}/${blob}`);
  parameters.set("sig", sign(options.key, text ?? ""));
  const query = [...parameters]
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${url.origin}${url.pathname}?${query.join("&")}`;
}

/** The container's URL with an account SAS that allows to make containers, and nothing else. */
export function signContainerUrl(options: {
  url: string;
  account: string;
  key: string;
  startsAt: number;
  expiresAt: number;
}): string {
  const parameters = new Map([
    ["sv", sasVersion],
    ["ss", "b"],
    ["srt", "c"],
    ["sp", "c"],
    ["st", sasTime(options.startsAt)],
    ["se", sasTime(options.expiresAt)],
    ["spr", "https"],
  ]);
  const text = accountSasStringToSign(parameters, options.account);
  parameters.set("sig", sign(options.key, text ?? ""));
  const query = [...parameters].map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${options.url}?${query.join("&")}`;
}

/** Hides the signature of every SAS in a text, so that it may be logged. */
export const redactSas = (text: string): string =>
  text.replaceAll(/([?&]sig=)[^&\s"'<>]*/gi, "$1…");

/**
 * What a service SAS signs ("Create a service SAS"), by its version; null for versions that we do not know.
 * `resource` is `/blob/account/container[/blob]`, decoded.
 */
export function serviceSasStringToSign(
  parameters: ReadonlyMap<string, string>,
  resource: string,
): string | null {
  const value = (name: string): string => parameters.get(name) ?? "";
  const version = value("sv");
  if (!versionPattern.test(version) || version < "2015-04-05") return null;
  const lines = [value("sp"), value("st"), value("se"), resource];
  lines.push(value("si"), value("sip"), value("spr"), version);
  if (version >= "2018-11-09") lines.push(value("sr"), ""); // no snapshot
  if (version >= "2020-12-06") lines.push(value("ses"));
  lines.push(...["rscc", "rscd", "rsce", "rscl", "rsct"].map(value));
  return lines.join("\n");
}

/** What an account SAS signs ("Create an account SAS"); null for versions that we do not know. */
export function accountSasStringToSign(
  parameters: ReadonlyMap<string, string>,
  account: string,
): string | null {
  const value = (name: string): string => parameters.get(name) ?? "";
  const version = value("sv");
  if (!versionPattern.test(version) || version < "2015-04-05") return null;
  const lines = [account, ...["sp", "ss", "srt", "st", "se", "sip", "spr"].map(value), version];
  if (version >= "2020-12-06") lines.push(value("ses"));
  return `${lines.join("\n")}\n`;
}

const sasTimePattern =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,7})?)?Z)?$/;

/** A time of a SAS (date, minutes, seconds or fractions; UTC) in milliseconds; null when it is none. */
export function parseSasTime(text: string): number | null {
  const milliseconds = sasTimePattern.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? null : milliseconds;
}

const sasTime = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

function orderPermissions(letters: string): string {
  const ordered = Array.from(permissionOrder)
    .filter((letter) => letters.includes(letter))
    .join("");
  if (ordered.length === new Set(letters).size && ordered !== "") return ordered;
  const message = `SAS permissions "${letters}", letters of "${permissionOrder}" are allowed`;
  throw new NightcapError("InvalidParameter", message);
}

/** Container and blob of a blob's URL: after the account in path style, the whole path in host style. */
function blobOfUrl(url: URL, account: string): { container: string; blob: string } {
  const segments = url.pathname.slice(1).split("/");
  if (!url.hostname.startsWith(`${account}.`)) segments.shift();
  const [container = "", ...rest] = segments;
  if (container === "" || rest.length === 0) {
    throw new NightcapError("InvalidParameter", `not a blob URL: ${url.origin}${url.pathname}`);
  }
  return { container: decodeURIComponent(container), blob: decodeURIComponent(rest.join("/")) };
}
