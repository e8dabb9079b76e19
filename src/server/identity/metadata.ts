import type { HttpHandler } from "../../common/http.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";

/** The cloud's name as `az cloud register` shows it. */
const cloudName = "Nightcap";

const oldVersion = "2015-01-01";
const objectVersion = "2022-09-01";

/**
 * `GET /metadata/endpoints` in the three shapes that clients ask for: az 2.45 wants the flat one of
 * 2015-01-01, az 2.74 one object at 2022-09-01, `ARM_CLOUD_METADATA_URL` an array at any other version.
 */
export function metadataHandler(baseUrl: (request: Request) => string): HttpHandler {
  return async (request) => {
    const base = baseUrl(request).replace(/\/+$/, "");
    const version = requestUrl(request).searchParams.get("api-version");
    if (version === oldVersion) return jsonResponse(200, flatShape(base));
    const cloud = cloudShape(base);
    return jsonResponse(200, version === objectVersion ? cloud : [cloud]);
  };
}

const authentication = (base: string) => ({
  loginEndpoint: `${base}/adfs`,
  audiences: [`${base}/`, base],
});

const flatShape = (base: string) => ({
  galleryEndpoint: `${base}/`,
  graphEndpoint: `${base}/`,
  portalEndpoint: `${base}/`,
  authentication: authentication(base),
});

const cloudShape = (base: string) => ({
  name: cloudName,
  portal: base,
  authentication: { ...authentication(base), tenant: "adfs", identityProvider: "ADFS" },
  resourceManager: base,
  graph: base,
  graphAudience: `${base}/`,
  microsoftGraphResourceId: `${base}/`,
  gallery: `${base}/`,
  media: `${base}/`,
  batch: `${base}/`,
  sqlManagement: `${base}/`,
  vmImageAliasDoc: `${base}/`,
  activeDirectoryDataLake: `${base}/`,
  logAnalyticsResourceId: base,
  // By this name az's extension log-analytics looks for the endpoint of queries (its aaz/latest/_clients.py).
  logAnalyticslogAnalyticsResourceId: base,
  suffixes: {
    storage: "nightcap.local",
    keyVaultDns: "vault.nightcap.local",
    sqlServerHostname: "database.nightcap.local",
    acrLoginServer: "azurecr.nightcap.local",
  },
});
