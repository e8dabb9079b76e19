import { empty, type BlobHandler } from "./blob-call.ts";
import { containerListResponse, servicePropertiesXml, xmlResponse } from "./blob-responses.ts";
import { readListing } from "./listing-request.ts";
import { readText } from "./request-text.ts";
import { checkServiceProperties } from "./service-properties.ts";

const servicePropertiesSizeBytesMax = 64 << 10;

/** Operations on the account as a whole. */
export const accountHandlers = {
  async ListContainers({ request, store }) {
    const options = readListing(request, ["metadata"]);
    return containerListResponse(request, options, await store.listContainers(options.query));
  },
  GetServiceProperties: async () => xmlResponse(servicePropertiesXml),
  async SetServiceProperties({ request }) {
    checkServiceProperties(await readText(request, servicePropertiesSizeBytesMax));
    return empty(202);
  },
  GetAccountInformation: async () =>
    empty(200, {
      "x-ms-sku-name": "Standard_LRS",
      "x-ms-account-kind": "StorageV2",
      "x-ms-is-hns-enabled": "false",
    }),
} satisfies Record<string, BlobHandler>;
