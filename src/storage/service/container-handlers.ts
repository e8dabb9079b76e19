import { BlobError } from "../blob-error.ts";
import { type BlobHandler, empty, writeCondition } from "./blob-call.ts";
import { metadataHeaders, readMetadata, stateHeaders } from "./blob-headers.ts";
import type { BlobRequest } from "./blob-request.ts";
import { blobListResponse, xmlResponse } from "./blob-responses.ts";
import { readListing } from "./listing-request.ts";
import { readText } from "./request-text.ts";

const accessListSizeBytesMax = 16 << 10;

/** Operations on one container, listing its blobs among them. */
export const containerHandlers = {
  async CreateContainer({ request, store }) {
    refusePublicAccess(request);
    const metadata = readMetadata(request.headers);
    return empty(201, stateHeaders(await store.createContainer(request.container, metadata)));
  },
  async GetContainerProperties({ request, store }) {
    const properties = await store.container(request.container);
    return empty(200, {
      ...stateHeaders(properties),
      ...metadataHeaders(properties.metadata),
      "x-ms-lease-state": "available",
      "x-ms-lease-status": "unlocked",
      "x-ms-has-immutability-policy": "false",
      "x-ms-has-legal-hold": "false",
    });
  },
  async SetContainerMetadata({ request, store }) {
    const { container, headers } = request;
    const metadata = readMetadata(headers);
    const changed = await store.setContainerMetadata(container, metadata, writeCondition(request));
    return empty(200, stateHeaders(changed));
  },
  async DeleteContainer({ request, store }) {
    await store.deleteContainer(request.container, writeCondition(request));
    return empty(202);
  },
  async GetContainerAcl({ request, store }) {
    const properties = await store.container(request.container);
    return xmlResponse("<SignedIdentifiers/>", stateHeaders(properties));
  },
  async SetContainerAcl({ request, store }) {
    refusePublicAccess(request);
    const xml = await readText(request, accessListSizeBytesMax);
    if (/<SignedIdentifier[\s>]/.test(xml)) {
      throw new BlobError("NotImplemented", "SetContainerAcl with stored access policies.");
    }
    return empty(200, stateHeaders(await store.container(request.container)));
  },
  async ListBlobs({ request, store }) {
    const options = readListing(request, ["metadata", "copy", "legalhold", "uncommittedblobs"]);
    const page = await store.listBlobs(request.container, options.query);
    return blobListResponse(request, options, page);
  },
} satisfies Record<string, BlobHandler>;

function refusePublicAccess({ headers }: BlobRequest): void {
  if (headers.has("x-ms-blob-public-access")) throw new BlobError("PublicAccessNotPermitted");
}
