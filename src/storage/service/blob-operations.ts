import type { BlobRequest } from "./blob-request.ts";

const containers = "Microsoft.Storage/storageAccounts/blobServices/containers";
const service = "Microsoft.Storage/storageAccounts/blobServices";

/**
 * Each operation of the service with the permission letters that allow it to a service or account SAS
 * (any one of them), the account SAS resource type ("Create a service SAS", "Create an account SAS"),
 * and the actions of which a role must have one for a token ("Permissions for calling data operations").
 * An empty list of letters: no SAS may.
 */
export const blobOperations = {
  ListContainers: { letters: "l", resourceType: "s", actions: [`${containers}/read`] },
  GetServiceProperties: { letters: "r", resourceType: "s", actions: [`${service}/read`] },
  SetServiceProperties: { letters: "w", resourceType: "s", actions: [`${service}/write`] },
  GetUserDelegationKey: {
    letters: "",
    resourceType: "s",
    actions: [`${service}/generateUserDelegationKey/action`],
  },
  GetAccountInformation: {
    letters: "racwdl",
    resourceType: "sco",
    actions: [`${service}/getInfo/action`, `${containers}/read`],
  },
  CreateContainer: { letters: "cw", resourceType: "c", actions: [`${containers}/write`] },
  GetContainerProperties: { letters: "r", resourceType: "c", actions: [`${containers}/read`] },
  SetContainerMetadata: { letters: "w", resourceType: "c", actions: [`${containers}/write`] },
  DeleteContainer: { letters: "d", resourceType: "c", actions: [`${containers}/delete`] },
  GetContainerAcl: { letters: "", resourceType: "c", actions: [`${containers}/getAcl/action`] },
  SetContainerAcl: { letters: "", resourceType: "c", actions: [`${containers}/setAcl/action`] },
  ListBlobs: { letters: "l", resourceType: "c", actions: [`${containers}/blobs/read`] },
  GetBlob: { letters: "r", resourceType: "o", actions: [`${containers}/blobs/read`] },
  GetBlobProperties: { letters: "r", resourceType: "o", actions: [`${containers}/blobs/read`] },
  GetBlobMetadata: { letters: "r", resourceType: "o", actions: [`${containers}/blobs/read`] },
  GetBlockList: { letters: "r", resourceType: "o", actions: [`${containers}/blobs/read`] },
  SetBlobMetadata: { letters: "w", resourceType: "o", actions: [`${containers}/blobs/write`] },
  SetBlobProperties: { letters: "w", resourceType: "o", actions: [`${containers}/blobs/write`] },
  /** `c` alone may only make a blob that is not there. */
  PutBlob: { letters: "cw", resourceType: "o", actions: [`${containers}/blobs/write`] },
  CopyBlob: { letters: "cw", resourceType: "o", actions: [`${containers}/blobs/write`] },
  AbortCopyBlob: { letters: "w", resourceType: "o", actions: [`${containers}/blobs/write`] },
  PutBlock: { letters: "w", resourceType: "o", actions: [`${containers}/blobs/write`] },
  PutBlockList: { letters: "w", resourceType: "o", actions: [`${containers}/blobs/write`] },
  AppendBlock: {
    letters: "aw",
    resourceType: "o",
    actions: [`${containers}/blobs/write`, `${containers}/blobs/add/action`],
  },
  SetBlobLegalHold: {
    letters: "i",
    resourceType: "o",
    actions: [`${containers}/blobs/immutableStorage/runAsSuperUser/action`],
  },
  DeleteBlob: { letters: "d", resourceType: "o", actions: [`${containers}/blobs/delete`] },
} as const satisfies Record<
  string,
  { letters: string; resourceType: string; actions: readonly string[] }
>;

export type BlobOperation = keyof typeof blobOperations;

/** Operations of the container level and above, which a service SAS never allows, but for ListBlobs. */
const table: Record<string, BlobOperation> = {
  "account GET list": "ListContainers",
  "account GET service:properties": "GetServiceProperties",
  "account PUT service:properties": "SetServiceProperties",
  "account POST service:userdelegationkey": "GetUserDelegationKey",
  "account GET account:properties": "GetAccountInformation",
  "account HEAD account:properties": "GetAccountInformation",
  "container GET account:properties": "GetAccountInformation",
  "container HEAD account:properties": "GetAccountInformation",
  "container PUT container:": "CreateContainer",
  "container GET container:": "GetContainerProperties",
  "container HEAD container:": "GetContainerProperties",
  "container GET container:metadata": "GetContainerProperties",
  "container HEAD container:metadata": "GetContainerProperties",
  "container PUT container:metadata": "SetContainerMetadata",
  "container GET container:acl": "GetContainerAcl",
  "container HEAD container:acl": "GetContainerAcl",
  "container PUT container:acl": "SetContainerAcl",
  "container DELETE container:": "DeleteContainer",
  "container GET container:list": "ListBlobs",
  "blob GET account:properties": "GetAccountInformation",
  "blob HEAD account:properties": "GetAccountInformation",
  "blob GET ": "GetBlob",
  "blob HEAD ": "GetBlobProperties",
  "blob GET metadata": "GetBlobMetadata",
  "blob HEAD metadata": "GetBlobMetadata",
  "blob PUT metadata": "SetBlobMetadata",
  "blob PUT properties": "SetBlobProperties",
  "blob PUT ": "PutBlob",
  "blob PUT block": "PutBlock",
  "blob PUT blocklist": "PutBlockList",
  "blob PUT appendblock": "AppendBlock",
  "blob PUT copy": "AbortCopyBlob",
  "blob PUT legalhold": "SetBlobLegalHold",
  "blob GET blocklist": "GetBlockList",
  "blob DELETE ": "DeleteBlob",
};

/** Operations of Azure that are not here, by what asks for them, so that a refusal has their name. */
const missing: Readonly<Record<string, string>> = {
  "account stats": "GetBlobServiceStats",
  "account batch": "BlobBatch",
  "account blobs": "FindBlobsByTags",
  "container batch": "BlobBatch",
  "container blobs": "FindBlobsByTags",
  "container lease": "LeaseContainer",
  "container undelete": "RestoreContainer",
  "blob lease": "LeaseBlob",
  "blob snapshot": "SnapshotBlob",
  "blob tags": "BlobTags",
  "blob tier": "SetBlobTier",
  "blob page": "PutPage",
  "blob pagelist": "GetPageRanges",
  "blob incrementalcopy": "IncrementalCopyBlob",
  "blob seal": "AppendBlobSeal",
  "blob query": "QueryBlobContents",
  "blob expiry": "SetBlobExpiry",
  "blob undelete": "UndeleteBlob",
  "blob immutabilitypolicies": "SetBlobImmutabilityPolicy",
};

/** What we would have to ignore, and therefore refuse: the request means more than we would do. */
const refusedHeaders = [
  "x-ms-access-tier",
  "x-ms-copy-source",
  "x-ms-copy-source-authorization",
  "x-ms-encryption-key",
  "x-ms-encryption-scope",
  "x-ms-if-tags",
  "x-ms-immutability-policy-until-date",
  "x-ms-lease-id",
  "x-ms-legal-hold",
  "x-ms-structured-body",
  "x-ms-tags",
] as const;
/** Those that the operation is about. */
const meantHeaders: Partial<Record<BlobOperation, readonly string[]>> = {
  CopyBlob: ["x-ms-copy-source"],
  SetBlobLegalHold: ["x-ms-legal-hold"],
};
const refusedParameters = ["snapshot", "versionid", "deletetype"] as const;

/** The operation that a request asks for; when there is none, words that name what it asked for. */
export function findOperation(request: BlobRequest): BlobOperation | { unsupported: string } {
  const level = request.blob !== "" ? "blob" : request.container !== "" ? "container" : "account";
  const restype = request.query.get("restype")?.toLowerCase();
  const comp = request.query.get("comp")?.toLowerCase() ?? "";
  const what = restype === undefined ? comp : `${restype}:${comp}`;
  const plain = table[`${level} ${request.method} ${what}`];
  if (!plain) {
    const where = `${request.method} on a ${level}, restype=${restype ?? ""}, comp=${comp.slice(0, 100)}`;
    const name = missing[`${level} ${comp}`];
    return { unsupported: name === undefined ? where : `${name} (${where})` };
  }
  const operation = plain === "PutBlob" && isCopy(request.headers) ? "CopyBlob" : plain;
  return refusalOf(operation, request) ?? operation;
}

/** Copy Blob is a Put Blob that names a source and no type. */
const isCopy = (headers: Headers): boolean =>
  headers.has("x-ms-copy-source") && !headers.has("x-ms-blob-type");

function refusalOf(operation: BlobOperation, request: BlobRequest): { unsupported: string } | null {
  const { headers, query } = request;
  const means = meantHeaders[operation] ?? [];
  const header = refusedHeaders.find((name) => headers.get(name) !== null && !means.includes(name));
  if (header) return { unsupported: `${operation} with ${header}` };
  const parameter = refusedParameters.find((name) => query.has(name));
  if (parameter) return { unsupported: `${operation} with ${parameter}` };
  const type = headers.get("x-ms-blob-type") ?? "";
  if (operation === "PutBlob" && !["BlockBlob", "AppendBlob", ""].includes(type)) {
    return { unsupported: `PutBlob of type ${type.slice(0, 40)}` };
  }
  return null;
}
