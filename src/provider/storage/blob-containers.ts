import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { BlobError } from "../../storage/blob-error.ts";
import type { BlobStore, ContainerProperties } from "../../storage/blob-store.ts";
import { findResource, nextPage, readSkipToken, resourceNotFound } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { accountIdOf, isEmbedded } from "./account-keys.ts";
import type { StorageParts } from "./account-secrets.ts";

/** Azure's page of containers. */
const pageSizeMax = 5_000;

const containerType = "Microsoft.Storage/storageAccounts/blobServices/containers";

const containerRequest = z.strictObject({
  properties: z
    .strictObject({
      metadata: z.record(z.string().regex(/^[a-z_][a-z0-9_]*$/i), z.string().max(8_192)).nullish(),
      publicAccess: z.literal("None", { error: "public access is not permitted" }).nullish(),
    })
    .nullish(),
});

type Handler = (context: ArmContext, parts: StorageParts) => Promise<ArmAnswer>;

/** The containers of the embedded store; those of a registered account are asked of it, not of us. */
async function storeOf(context: ArmContext, parts: StorageParts): Promise<BlobStore> {
  await findResource(context, accountIdOf(context));
  if (isEmbedded(context, parts)) return parts.embedded.store;
  throw new NightcapError(
    "NotImplemented",
    `the containers of ${context.param("accountName")} are not kept here: ask its blob endpoint`,
  );
}

export const listContainers: Handler = async (context, parts) => {
  const store = await storeOf(context, parts);
  const prefix = context.query.get("$filter");
  const marker = readSkipToken(context.query);
  const page = await store.listContainers({
    limit: readPageSize(context.query),
    ...(prefix === null ? {} : { prefix }),
    ...(marker === null ? {} : { marker: marker.slice(1) }),
  });
  const base = context.path.replace(/\/+$/, "");
  const value = page.containers.map((each) => describe(`${base}/${each.name}`, each));
  const next =
    page.nextMarker === null ? {} : { nextLink: nextPage(context, `/${page.nextMarker}`) };
  return { status: 200, body: { value, ...next } };
};

export const getContainer: Handler = async (context, parts) => {
  const store = await storeOf(context, parts);
  const found = await store.container(context.param("containerName")).catch(asArm(context));
  return { status: 200, body: describe(context.path, found) };
};

/** PUT makes it, or sets its metadata: 201 and 200. */
export const putContainer: Handler = async (context, parts) => {
  const store = await storeOf(context, parts);
  const name = context.param("containerName");
  const metadata = readMetadata(context);
  const made = await store.createContainer(name, metadata).then(
    (properties) => ({ status: 201, properties }),
    async (error: unknown) => {
      if (!(error instanceof BlobError && error.code === "ContainerAlreadyExists")) {
        return asArm(context)(error);
      }
      return { status: 200, properties: await store.setContainerMetadata(name, metadata) };
    },
  );
  return { status: made.status, body: describe(context.path, made.properties) };
};

export const patchContainer: Handler = async (context, parts) => {
  const store = await storeOf(context, parts);
  const name = context.param("containerName");
  const changed = await store
    .setContainerMetadata(name, readMetadata(context))
    .catch(asArm(context));
  return { status: 200, body: describe(context.path, changed) };
};

export const deleteContainer: Handler = async (context, parts) => {
  const store = await storeOf(context, parts);
  try {
    await store.deleteContainer(context.param("containerName"));
    return { status: 200 };
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    if (error.code === "ContainerNotFound") return { status: 204 };
    if (error.code !== "ContainerHasLegalHold") throw error;
    throw new NightcapError("ScopeLocked", error.message, { cause: error });
  }
};

function readMetadata(context: ArmContext): Record<string, string> {
  const { properties } = parseContent(containerRequest, context.body);
  return Object.fromEntries(
    Object.entries(properties?.metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function readPageSize(query: URLSearchParams): number {
  const text = query.get("$maxpagesize");
  if (text === null) return pageSizeMax;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Math.min(Number(text), pageSizeMax);
  throw new NightcapError(
    "InvalidParameter",
    `$maxpagesize "${text.slice(0, 40)}" is not allowed: a whole number from 1 expected`,
  );
}

/** The store's refusals in ARM's words. */
function asArm(context: ArmContext): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof BlobError)) throw error;
    if (error.code === "ContainerNotFound") throw resourceNotFound(context.path);
    if (error.status >= 500) throw error;
    throw new NightcapError("InvalidParameter", error.message, { cause: error });
  };
}

const describe = (id: string, properties: ContainerProperties): Record<string, unknown> => ({
  id,
  name: properties.name,
  type: containerType,
  etag: properties.etag,
  properties: {
    publicAccess: "None",
    leaseStatus: "Unlocked",
    leaseState: "Available",
    lastModifiedTime: new Date(properties.lastModified).toISOString(),
    metadata: properties.metadata,
    hasImmutabilityPolicy: false,
    hasLegalHold: false,
    deleted: false,
    remainingRetentionDays: 0,
  },
});
