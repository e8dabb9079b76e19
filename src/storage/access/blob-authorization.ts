import { BlobError } from "../blob-error.ts";
import { blobOperations, type BlobOperation } from "../service/blob-operations.ts";
import type { BlobRequest } from "../service/blob-request.ts";
import { accountSasStringToSign, parseSasTime, serviceSasStringToSign } from "./sas.ts";
import { dateSkewMillisecondsMax, isSignedByOneOf, sharedKeyStringsToSign } from "./shared-key.ts";

export interface BlobAccount {
  readonly name: string;
  /** Base64; both are valid, so that one can be changed while the other is in use. */
  readonly keys: readonly [string, string];
}

export interface Grant {
  /** False when a SAS allows only to create what is not there. */
  readonly mayOverwrite: boolean;
}

export interface AuthorizationContext {
  readonly accounts: readonly BlobAccount[];
  readonly now: number;
  /** The client's address when the server knows it; a SAS with `sip` is refused when it does not. */
  readonly remoteAddress: string | null;
}

/** Checks who asks and what they may. Throws Azure's refusals. */
export function authorize(
  request: BlobRequest,
  operation: BlobOperation | null,
  context: AuthorizationContext,
): Grant {
  const account = context.accounts.find(({ name }) => name === request.account);
  if (request.headers.has("authorization")) {
    checkSharedKey(request, account, context.now);
    return { mayOverwrite: true };
  }
  if (!request.query.has("sig")) {
    throw new BlobError("NoAuthenticationInformation", null, {
      headers: { "www-authenticate": "SharedKey" },
    });
  }
  if (!account) throw new BlobError("AuthenticationFailed", "Unknown account.");
  checkSasSignature(request, account);
  checkSasTimes(request.query, context.now);
  checkSasOrigin(request, context.remoteAddress);
  return checkSasPermission(request, operation);
}

function checkSharedKey(request: BlobRequest, account: BlobAccount | undefined, now: number): void {
  const match = /^SharedKey ([^:\s]+):(\S+)$/.exec(request.headers.get("authorization") ?? "");
  if (!match) throw new BlobError("AuthenticationFailed", "Only SharedKey is supported.");
  if (!account || match[1] !== account.name) {
    throw new BlobError("AuthenticationFailed", "Unknown account.");
  }
  const date = Date.parse(request.headers.get("x-ms-date") ?? request.headers.get("date") ?? "");
  if (!(Math.abs(now - date) <= dateSkewMillisecondsMax)) {
    throw new BlobError("AuthenticationFailed", "Request date header too old or missing.");
  }
  const texts = sharedKeyStringsToSign(request, account.name);
  if (isSignedByOneOf(account.keys, texts, match[2] ?? "")) return;
  throw new BlobError(
    "AuthenticationFailed",
    `The MAC signature found in the HTTP request is not the same as any computed signature. Server used following string to sign: '${texts[0] ?? ""}'.`,
  );
}

const isAccountSas = (query: ReadonlyMap<string, string>): boolean =>
  query.has("ss") || query.has("srt");

function checkSasSignature(request: BlobRequest, account: BlobAccount): void {
  const { query } = request;
  const unsupported = ["si", "skoid", "srh", "srq", "sdd"].find((name) => query.has(name));
  if (unsupported) {
    const detail = `SAS with ${unsupported} (stored policy, user delegation, directory) is not supported.`;
    throw new BlobError("AuthenticationFailed", detail);
  }
  const text = isAccountSas(query)
    ? accountSasStringToSign(query, account.name)
    : serviceSasStringToSign(query, signedResource(request));
  if (text === null) throw new BlobError("AuthenticationFailed", "sv is not a known version.");
  if (isSignedByOneOf(account.keys, [text], query.get("sig") ?? "")) return;
  throw new BlobError("AuthenticationFailed", "Signature did not match.");
}

function signedResource({ query, account, container, blob }: BlobRequest): string {
  const resource = query.get("sr");
  if (resource === "c" && container !== "") return `/blob/${account}/${container}`;
  if (resource === "b" && blob !== "") return `/blob/${account}/${container}/${blob}`;
  throw new BlobError("AuthenticationFailed", `sr=${resource ?? ""} is not of this resource.`);
}

function checkSasTimes(query: ReadonlyMap<string, string>, now: number): void {
  const expiry = parseSasTime(query.get("se") ?? "");
  const startText = query.get("st");
  const start = startText === undefined ? 0 : parseSasTime(startText);
  if (expiry !== null && start !== null && start <= now && now < expiry) return;
  throw new BlobError(
    "AuthenticationFailed",
    `Signature not valid in the specified time frame: Start [${startText ?? ""}] - Expiry [${query.get("se") ?? ""}] - Current [${new Date(now).toISOString()}]`,
  );
}

function checkSasOrigin({ query, url }: BlobRequest, remoteAddress: string | null): void {
  const protocols = (query.get("spr") ?? "https,http").split(",");
  if (!protocols.includes(url.protocol.slice(0, -1))) {
    throw new BlobError("AuthorizationProtocolMismatch");
  }
  const range = query.get("sip");
  if (range !== undefined && !isInRange(remoteAddress, range)) {
    throw new BlobError("AuthorizationSourceIPMismatch");
  }
}

/** Whether an IPv4 address is `range`, an address or `first-last`; Azure allows nothing else there. */
function isInRange(address: string | null, range: string): boolean {
  const value = address === null ? null : ipv4Number(address.replace(/^::ffff:/i, ""));
  const [first = "", last = first] = range.split("-");
  const low = ipv4Number(first);
  const high = ipv4Number(last);
  return value !== null && low !== null && high !== null && low <= value && value <= high;
}

function ipv4Number(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return null;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

function checkSasPermission(request: BlobRequest, operation: BlobOperation | null): Grant {
  const { query } = request;
  const letters = query.get("sp") ?? "";
  const grant = { mayOverwrite: letters.includes("w") };
  if (operation === null) return grant; // answered 501 to whoever is known
  const wanted = blobOperations[operation];
  if (isAccountSas(query)) {
    if (!query.get("ss")?.includes("b")) throw new BlobError("AuthorizationServiceMismatch");
    const types = query.get("srt") ?? "";
    if (!sharesLetter(wanted.resourceType, types)) {
      throw new BlobError("AuthorizationResourceTypeMismatch");
    }
  } else if (wanted.resourceType !== "o" && operation !== "ListBlobs") {
    if (operation !== "GetAccountInformation")
      throw new BlobError("AuthorizationPermissionMismatch");
  } else if (operation === "ListBlobs" && query.get("sr") !== "c") {
    throw new BlobError("AuthorizationPermissionMismatch");
  }
  if (sharesLetter(wanted.letters, letters)) return grant;
  throw new BlobError("AuthorizationPermissionMismatch");
}

const sharesLetter = (some: string, others: string): boolean =>
  Array.from(some).some((letter) => others.includes(letter));
