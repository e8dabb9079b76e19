import type { BlobRequest } from "./blob-request.ts";

/**
 * Each operation of the service with the permission letters that allow it to a service or account SAS
 * (any one of them) and the account SAS resource type ("Create a service SAS", "Create an account SAS").
 * An empty list of letters: only the account's key may.
 */
export const blobOperations = {
  ListContainers: { letters: "l", resourceType: "s" },
  GetServiceProperties: { letters: "r", resourceType: "s" },
  GetAccountInformation: { letters: "racwdl", resourceType: "sco" },
  CreateContainer: { letters: "cw", resourceType: "c" },
  GetContainerProperties: { letters: "r", resourceType: "c" },
  SetContainerMetadata: { letters: "w", resourceType: "c" },
  DeleteContainer: { letters: "d", resourceType: "c" },
  ListBlobs: { letters: "l", resourceType: "c" },
  GetBlob: { letters: "r", resourceType: "o" },
  GetBlobProperties: { letters: "r", resourceType: "o" },
  GetBlobMetadata: { letters: "r", resourceType: "o" },
  SetBlobMetadata: { letters: "w", resourceType: "o" },
  SetBlobProperties: { letters: "w", resourceType: "o" },
  /** `c` alone may only make a blob that is not there. */
  PutBlob: { letters: "cw", resourceType: "o" },
  PutBlock: { letters: "w", resourceType: "o" },
  PutBlockList: { letters: "w", resourceType: "o" },
  GetBlockList: { letters: "r", resourceType: "o" },
  DeleteBlob: { letters: "d", resourceType: "o" },
} as const satisfies Record<string, { letters: string; resourceType: string }>;

export type BlobOperation = keyof typeof blobOperations;

/** Operations of the container level and above, which a service SAS never allows, but for ListBlobs. */
const table: Record<string, BlobOperation> = {
  "account GET list": "ListContainers",
  "account GET service:properties": "GetServiceProperties",
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
  "blob GET blocklist": "GetBlockList",
  "blob DELETE ": "DeleteBlob",
};

/** What we would have to ignore, and therefore refuse: the request means more than we would do. */
const refusedHeaders = [
  "x-ms-access-tier",
  "x-ms-copy-source",
  "x-ms-encryption-key",
  "x-ms-encryption-scope",
  "x-ms-if-tags",
  "x-ms-immutability-policy-until-date",
  "x-ms-lease-id",
  "x-ms-legal-hold",
  "x-ms-range-get-content-crc64",
  "x-ms-range-get-content-md5",
  "x-ms-structured-body",
  "x-ms-tags",
] as const;
const refusedParameters = ["snapshot", "versionid", "deletetype"] as const;

/** The operation that a request asks for; when there is none, words that name what it asked for. */
export function findOperation(request: BlobRequest): BlobOperation | { unsupported: string } {
  const level = request.blob !== "" ? "blob" : request.container !== "" ? "container" : "account";
  const restype = request.query.get("restype")?.toLowerCase();
  const comp = request.query.get("comp")?.toLowerCase() ?? "";
  const what = restype === undefined ? comp : `${restype}:${comp}`;
  const operation = table[`${level} ${request.method} ${what}`];
  if (!operation) {
    return {
      unsupported: `${request.method} on a ${level}, restype=${restype ?? ""}, comp=${comp}`,
    };
  }
  const header = refusedHeaders.find((name) => request.headers.get(name) !== null);
  if (header) return { unsupported: `${operation} with ${header}` };
  const parameter = refusedParameters.find((name) => request.query.has(name));
  if (parameter) return { unsupported: `${operation} with ${parameter}` };
  const type = request.headers.get("x-ms-blob-type") ?? "";
  if (operation === "PutBlob" && type !== "BlockBlob" && type !== "") {
    return { unsupported: `PutBlob of type ${type}` };
  }
  return operation;
}
