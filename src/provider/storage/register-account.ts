import { z } from "zod";
import { regionOf, tags } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import { storageAccountType } from "../compute/machines.ts";
import { checkConditions, resourceAnswer, writeCondition } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import {
  accountNamePattern,
  type AccountCredential,
  type RegisteredAccount,
  registeredAccountCountMax,
  type StorageParts,
} from "./account-secrets.ts";

const keyPattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What Azure has no property for: where the account lies and what opens it. */
const registration = z
  .strictObject({
    blobEndpoint: z.url({ protocol: /^https$/ }).max(2_048),
    accountKey: z.string().min(4).max(1_024).regex(keyPattern, "base64 expected").optional(),
    sharedAccessSignature: z.string().min(1).max(4_096).optional(),
  })
  .refine(
    ({ accountKey, sharedAccessSignature }) =>
      (accountKey === undefined) !== (sharedAccessSignature === undefined),
    "accountKey or sharedAccessSignature expected, and not both",
  );

const accountRequest = z.strictObject({
  location: z.string().min(1).max(60).optional(),
  tags: tags.nullish(),
  kind: z.string().max(60).optional(),
  sku: z.looseObject({ name: z.string().max(60) }).optional(),
  properties: z.looseObject({ nightcap: registration.optional() }).nullish(),
});

type AccountRequest = z.infer<typeof accountRequest>;

/** What the server says of an account, and a client that sends back what it read may repeat. */
const readOnly: ReadonlySet<string> = new Set([
  "provisioningState",
  "primaryEndpoints",
  "primaryLocation",
  "statusOfPrimary",
  "creationTime",
  "nightcap",
]);

/**
 * PUT storageAccounts: registers an account that lies in Azure, with what opens it, so that captures can
 * be stored there. No account is made: the only one here is the embedded one, whose tags can be set.
 */
export async function putAccount(
  context: ArmContext,
  parts: StorageParts,
  served: string,
): Promise<ArmAnswer> {
  const name = context.param("accountName");
  const request = parseContent(accountRequest, context.body);
  const before = await context.state.resources.get(context.path);
  checkConditions(context, before);
  if (name.toLowerCase() === parts.embedded.name) return putEmbedded(context, request, before);
  if (!accountNamePattern.test(name)) {
    throw new NightcapError(
      "InvalidParameter",
      `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
    );
  }
  const account = readAccount(context, parts, request);
  await parts.tryAccount(account);
  await parts.registered.put(account);
  const location = regionOf(request.location ?? served, served);
  const body = accountBody(request, account, { location, now: context.clock.now() });
  const resource = { id: before?.id ?? context.path, type: storageAccountType, body };
  const stored = await context.state.resources.put(resource, writeCondition(context));
  return resourceAnswer(200, stored);
}

async function putEmbedded(
  context: ArmContext,
  request: AccountRequest,
  before: StoredResource | null,
): Promise<ArmAnswer> {
  if (!before || request.properties?.nightcap) {
    throw new NightcapError(
      "Conflict",
      `The storage account named ${context.param("accountName")} is already taken: it is the embedded store.`,
    );
  }
  const body = { ...before.body, tags: request.tags ?? {} };
  return resourceAnswer(200, await context.state.resources.put({ ...before, body }));
}

/** Throws `InvalidParameter` when there is nothing to register, `Conflict` for an endpoint that is taken. */
function readAccount(
  context: ArmContext,
  parts: StorageParts,
  request: AccountRequest,
): RegisteredAccount {
  const name = context.param("accountName");
  const { registered, embedded } = parts;
  const known = registered.find(context.path);
  const asked = request.properties?.nightcap;
  if (!asked && known) return known;
  if (!asked) {
    throw new NightcapError(
      "InvalidParameter",
      `storage account ${name} cannot be made here; to register one that exists, properties.nightcap with blobEndpoint and accountKey or sharedAccessSignature is expected`,
    );
  }
  const blobEndpoint = readEndpoint(asked.blobEndpoint, name);
  const others = registered.list().filter(({ id }) => id.toLowerCase() !== known?.id.toLowerCase());
  if ([embedded, ...others].some((other) => other.blobEndpoint === blobEndpoint)) {
    throw new NightcapError("Conflict", `blobEndpoint ${blobEndpoint} is registered already`);
  }
  if (others.length >= registeredAccountCountMax) {
    throw new NightcapError(
      "Conflict",
      `${others.length} storage accounts are registered, which is the limit`,
    );
  }
  return { id: known?.id ?? context.path, name, blobEndpoint, credential: credentialOf(asked) };
}

function credentialOf(asked: z.infer<typeof registration>): AccountCredential {
  if (asked.accountKey !== undefined) return { kind: "keys", keys: [asked.accountKey] };
  const token = (asked.sharedAccessSignature ?? "").replace(/^\?/, "");
  if (/(?:^|&)sig=/.test(token)) return { kind: "sharedAccessSignature", token };
  throw new NightcapError("InvalidParameter", "sharedAccessSignature has no sig parameter");
}

/** `https://NAME.blob.core.windows.net/` or, in path style, `https://HOST/NAME/`. */
function readEndpoint(text: string, name: string): string {
  const url = new URL(text);
  const path = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  const isHostStyle = url.hostname.startsWith(`${name}.`) && path === "/";
  const plain = !url.search && !url.hash && !url.username && !url.password;
  if (plain && (isHostStyle || path === `/${name}/`)) return `${url.origin}${path}`;
  throw new NightcapError(
    "InvalidParameter",
    `blobEndpoint "${text}" is not allowed: "https://${name}.SUFFIX/" or "https://HOST/${name}/" expected`,
  );
}

function accountBody(
  request: AccountRequest,
  { blobEndpoint, credential }: RegisteredAccount,
  { location, now }: { location: string; now: number },
): Record<string, unknown> {
  const sent = Object.entries(request.properties ?? {}).filter(([name]) => !readOnly.has(name));
  const { sku } = request;
  return {
    kind: request.kind ?? "StorageV2",
    location,
    tags: request.tags ?? {},
    sku: { tier: "Standard", ...(sku ?? { name: "Standard_LRS" }) },
    properties: {
      supportsHttpsTrafficOnly: true,
      encryption: { keySource: "Microsoft.Storage", services: { blob: { enabled: true } } },
      ...Object.fromEntries(sent),
      provisioningState: "Succeeded",
      primaryEndpoints: { blob: blobEndpoint },
      primaryLocation: location,
      statusOfPrimary: "available",
      creationTime: new Date(now).toISOString(),
      nightcap: { registered: true, credential: credential.kind },
    },
  };
}
