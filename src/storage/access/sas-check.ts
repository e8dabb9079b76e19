import { BlobError } from "../blob-error.ts";
import { blobOperations, type BlobOperation } from "../service/blob-operations.ts";
import type { BlobRequest } from "../service/blob-request.ts";
import type { BlobAccount } from "./blob-authorization.ts";
import { accountSasStringToSign, parseSasTime, serviceSasStringToSign } from "./sas.ts";
import { isSignedByOneOf } from "./shared-key.ts";
import {
  delegatedSasStringToSign,
  delegationKeyOf,
  delegationKeyValue,
} from "./user-delegation.ts";

/** What a SAS may say that would have to be ignored here. */
const unsupportedParameters: Readonly<Record<string, string>> = {
  si: "stored access policy",
  sdd: "directory",
  srh: "required headers",
  srq: "required query parameters",
  ses: "encryption scope",
  suoid: "unauthorized user",
  skdutid: "delegated user",
  sduoid: "delegated user",
};

type Query = ReadonlyMap<string, string>;

const isAccountSas = (query: Query): boolean => query.has("ss") || query.has("srt");

/** Checks signature, times and origin. Gives the principal of a user delegation SAS, else null. */
export function checkSas(
  request: BlobRequest,
  account: BlobAccount,
  {
    now,
    remoteAddress,
    tenantId,
  }: { now: number; remoteAddress: string | null; tenantId: string | null },
): string | null {
  const { query } = request;
  const principalId = checkSignature(request, account, tenantId);
  checkTimes(query, { start: "st", expiry: "se", now });
  if (principalId !== null) checkTimes(query, { start: "skt", expiry: "ske", now });
  checkOrigin(request, remoteAddress);
  return principalId;
}

function checkSignature(
  request: BlobRequest,
  account: BlobAccount,
  tenantId: string | null,
): string | null {
  const { query } = request;
  const unsupported = Object.keys(unsupportedParameters).find((name) => query.has(name));
  if (unsupported !== undefined) {
    const detail = `SAS with ${unsupported} (${unsupportedParameters[unsupported]}) is not supported.`;
    throw new BlobError("AuthenticationFailed", detail);
  }
  const delegation = delegationKeyOf(query);
  const text = textToSign(request, delegation !== null);
  if (text === null) throw new BlobError("AuthenticationFailed", "sv is not a known version.");
  const keys = delegation
    ? account.keys.map((key) => delegationKeyValue(key, delegation))
    : account.keys;
  if (!isSignedByOneOf(keys, [text], query.get("sig") ?? "")) {
    throw new BlobError("AuthenticationFailed", "Signature did not match.");
  }
  if (!delegation) return null;
  if (delegation.tenantId !== tenantId || delegation.service !== "b") {
    throw new BlobError("AuthenticationFailed", "The delegation key is not of this service.");
  }
  return delegation.principalId;
}

function textToSign(request: BlobRequest, isDelegated: boolean): string | null {
  const { query, account } = request;
  if (isDelegated) return delegatedSasStringToSign(query, signedResource(request));
  if (isAccountSas(query)) return accountSasStringToSign(query, account);
  return serviceSasStringToSign(query, signedResource(request));
}

function signedResource({ query, account, container, blob }: BlobRequest): string {
  const resource = query.get("sr");
  if (resource === "c" && container !== "") return `/blob/${account}/${container}`;
  if (resource === "b" && blob !== "") return `/blob/${account}/${container}/${blob}`;
  throw new BlobError("AuthenticationFailed", `sr=${resource ?? ""} is not of this resource.`);
}

function checkTimes(query: Query, names: { start: string; expiry: string; now: number }): void {
  const { now } = names;
  const expiryText = query.get(names.expiry) ?? "";
  const startText = query.get(names.start);
  const expiry = parseSasTime(expiryText);
  const start = startText === undefined ? 0 : parseSasTime(startText);
  if (expiry !== null && start !== null && start <= now && now < expiry) return;
  throw new BlobError(
    "AuthenticationFailed",
    `Signature not valid in the specified time frame: Start [${startText ?? ""}] - Expiry [${expiryText}] - Current [${new Date(now).toISOString()}]`,
  );
}

function checkOrigin({ query, url }: BlobRequest, remoteAddress: string | null): void {
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

/** Whether the letters of a SAS, its service and its kind of resource allow the operation. */
export function checkSasPermission({ query }: BlobRequest, operation: BlobOperation): void {
  const wanted = blobOperations[operation];
  if (isAccountSas(query)) {
    if (!query.get("ss")?.includes("b")) throw new BlobError("AuthorizationServiceMismatch");
    if (!sharesLetter(wanted.resourceType, query.get("srt") ?? "")) {
      throw new BlobError("AuthorizationResourceTypeMismatch");
    }
  } else if (!isForServiceSas(operation, query)) {
    throw new BlobError("AuthorizationPermissionMismatch");
  }
  if (sharesLetter(wanted.letters, query.get("sp") ?? "")) return;
  throw new BlobError("AuthorizationPermissionMismatch");
}

/** A service SAS is for blobs; of a container it can list them, and nothing else above a blob. */
function isForServiceSas(operation: BlobOperation, query: Query): boolean {
  if (operation === "ListBlobs") return query.get("sr") === "c";
  return operation === "GetAccountInformation" || blobOperations[operation].resourceType === "o";
}

const sharesLetter = (some: string, others: string): boolean =>
  Array.from(some).some((letter) => others.includes(letter));
