import type { BlobAccount, Grant } from "../access/blob-authorization.ts";
import type { BlobAddress, BlobProperties, BlobStore, BlobWrite } from "../blob-store.ts";
import { BlobError } from "../blob-error.ts";
import { checkConditions } from "./blob-conditions.ts";
import { readContentHeaders, readMetadata } from "./blob-headers.ts";
import type { BlobRequest } from "./blob-request.ts";

/** An authorized request and what its operation works on. */
export interface BlobCall {
  readonly request: BlobRequest;
  readonly store: BlobStore;
  readonly grant: Grant;
  /** What user delegation keys are made from; `tenantId` is null where there are no tokens. */
  readonly account: Pick<BlobAccount, "keys"> & { readonly tenantId: string | null };
  readonly serviceVersion: string;
  readonly now: number;
}

export type BlobHandler = (call: BlobCall) => Promise<Response>;

/** Azure says it of every write. */
export const encryptionHeader = ({ encryption }: BlobStore): Record<string, string> => ({
  "x-ms-request-server-encrypted": String(encryption !== null),
});

export const empty = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

export const addressOf = ({ container, blob }: BlobRequest): BlobAddress => ({ container, blob });

/** The request's conditions, to be checked against what is there right before it changes. */
export const writeCondition =
  ({ headers }: BlobRequest) =>
  (current: Pick<BlobProperties, "etag" | "lastModified"> | null): void =>
    checkConditions(headers, current, "write");

/** A SAS that only creates is one condition more. */
export const overwriteCondition =
  ({ request, grant }: BlobCall) =>
  (current: BlobProperties | null): void => {
    if (current && !grant.mayOverwrite) throw new BlobError("AuthorizationPermissionMismatch");
    checkConditions(request.headers, current, "write");
  };

/** Headers, metadata and conditions of a write of a whole blob. */
export function readWrite(call: BlobCall, plainToo: boolean): BlobWrite {
  const { headers } = call.request;
  return {
    headers: readContentHeaders(headers, plainToo),
    metadata: readMetadata(headers),
    condition: overwriteCondition(call),
  };
}
