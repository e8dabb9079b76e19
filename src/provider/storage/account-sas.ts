import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import {
  accountSasStringToSign,
  parseSasTime,
  sasVersion,
  serviceSasStringToSign,
} from "../../storage/access/sas.ts";
import { sign } from "../../storage/access/shared-key.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { keysOf } from "./account-keys.ts";
import type { StorageParts } from "./account-secrets.ts";

const time = z
  .string()
  .refine((text) => isTime(text), "a time in ISO 8601 expected")
  .optional();
const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text));
const letters = (allowed: string) =>
  z.string().regex(new RegExp(`^[${allowed}]+$`), `letters of "${allowed}" expected`);
const common = {
  signedIp: z.string().max(64).optional(),
  signedProtocol: z.enum(["https", "https,http"]).optional(),
  signedStart: time,
  keyToSign: z.enum(["key1", "key2"]).default("key1"),
};

/** Body of ListAccountSas. */
const accountSasRequest = z.strictObject({
  ...common,
  signedServices: letters("bfqt"),
  signedResourceTypes: letters("sco"),
  signedPermission: letters("rwdlacupftxyi"),
  signedExpiry: z.string().refine(isTime, "a time in ISO 8601 expected"),
});

/** Body of ListServiceSas; a stored access policy is refused, as the store refuses it. */
const serviceSasRequest = z.strictObject({
  ...common,
  canonicalizedResource: z.string().regex(/^\/blob\/[a-z0-9]+\/[^/]+(?:\/.+)?$/, {
    error: "/blob/ACCOUNT/CONTAINER or /blob/ACCOUNT/CONTAINER/BLOB expected",
  }),
  signedResource: z.enum(["b", "c"]),
  signedPermission: letters("racwdxyltmeopi"),
  signedExpiry: z.string().refine(isTime, "a time in ISO 8601 expected"),
  rscc: z.string().max(256).optional(),
  rscd: z.string().max(256).optional(),
  rsce: z.string().max(256).optional(),
  rscl: z.string().max(256).optional(),
  rsct: z.string().max(256).optional(),
});

/** POST ListAccountSas: a signature for the whole account. */
export async function listAccountSas(context: ArmContext, parts: StorageParts): Promise<ArmAnswer> {
  const request = parseContent(accountSasRequest, context.body);
  const parameters = new Map([
    ["sv", sasVersion],
    ["ss", request.signedServices],
    ["srt", request.signedResourceTypes],
    ...commonParameters(request),
  ]);
  const text = accountSasStringToSign(parameters, context.param("accountName").toLowerCase());
  const key = await keyToSign(context, parts, request.keyToSign);
  return { status: 200, body: { accountSasToken: tokenOf(parameters, sign(key, text ?? "")) } };
}

/** POST ListServiceSas: a signature for a container or a blob. */
export async function listServiceSas(context: ArmContext, parts: StorageParts): Promise<ArmAnswer> {
  const request = parseContent(serviceSasRequest, context.body);
  const { canonicalizedResource, signedResource, rscc, rscd, rsce, rscl, rsct } = request;
  checkResource(context, request);
  const parameters = new Map([
    ["sv", sasVersion],
    ["sr", signedResource],
    ...commonParameters(request),
  ]);
  for (const [name, value] of Object.entries({ rscc, rscd, rsce, rscl, rsct })) {
    if (value !== undefined) parameters.set(name, value);
  }
  const text = serviceSasStringToSign(parameters, canonicalizedResource);
  const key = await keyToSign(context, parts, request.keyToSign);
  return { status: 200, body: { serviceSasToken: tokenOf(parameters, sign(key, text ?? "")) } };
}

/** The resource must be of this account, and of the kind that `signedResource` says. */
function checkResource(
  context: ArmContext,
  request: { canonicalizedResource: string; signedResource: string },
): void {
  const [, , account, , ...blob] = request.canonicalizedResource.split("/");
  const isBlob = blob.length > 0;
  const own = account === context.param("accountName").toLowerCase();
  if (own && isBlob === (request.signedResource === "b")) return;
  throw new NightcapError(
    "InvalidParameter",
    `canonicalizedResource "${request.canonicalizedResource}" is not a resource of this account of the kind signedResource "${request.signedResource}"`,
  );
}

function commonParameters(request: {
  signedPermission: string;
  signedExpiry: string;
  signedStart?: string | undefined;
  signedIp?: string | undefined;
  signedProtocol?: string | undefined;
}): [string, string][] {
  const { signedStart, signedIp, signedProtocol } = request;
  return [
    ["sp", request.signedPermission],
    ["se", sasTimeOf(request.signedExpiry)],
    ...(signedStart === undefined ? [] : [["st", sasTimeOf(signedStart)] as [string, string]]),
    ...(signedIp === undefined ? [] : [["sip", signedIp] as [string, string]]),
    ...(signedProtocol === undefined ? [] : [["spr", signedProtocol] as [string, string]]),
  ];
}

/** As the client wrote it when a SAS can carry that, else in the form that one can. */
const sasTimeOf = (text: string): string =>
  parseSasTime(text) === null ? `${new Date(text).toISOString().slice(0, 19)}Z` : text;

async function keyToSign(
  context: ArmContext,
  parts: StorageParts,
  name: "key1" | "key2",
): Promise<string> {
  const key = (await keysOf(context, parts))[name === "key1" ? 0 : 1];
  if (key !== undefined) return key;
  throw new NightcapError("InvalidParameter", `keyToSign "${name}" is not known of this account`);
}

const tokenOf = (parameters: ReadonlyMap<string, string>, signature: string): string =>
  [...parameters, ["sig", signature] as const]
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
