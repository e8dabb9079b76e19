import { NightcapError } from "../common/errors.ts";

/** The oldest api-version that is answered; every newer one is, because the shapes only grew. */
export interface ApiVersionRange {
  from: string;
}

/**
 * Oldest api-version of each resource type, by type in lower case. Clients in use ask for 2016-06-01
 * (az, hybrid profile) to this year's; a type that is not here has no limit but the form.
 */
const oldestVersions: Record<string, string> = {
  "microsoft.resources/subscriptions": "2014-04-01",
  "microsoft.resources/tenants": "2014-04-01",
  "microsoft.resources/resourcegroups": "2014-04-01",
  "microsoft.resources/providers": "2014-04-01",
  "microsoft.compute/virtualmachines": "2015-06-15",
  "microsoft.compute/virtualmachinescalesets": "2015-06-15",
  "microsoft.compute/virtualmachinescalesets/virtualmachines": "2015-06-15",
  "microsoft.network/networkinterfaces": "2015-06-15",
  "microsoft.network/networkwatchers": "2016-09-01",
  "microsoft.network/networkwatchers/packetcaptures": "2016-09-01",
  "microsoft.network/locations/operations": "2015-06-15",
  "microsoft.insights/metricalerts": "2018-03-01",
  "microsoft.insights/actiongroups": "2017-04-01",
  "microsoft.storage/storageaccounts": "2015-06-15",
};

const anyDate = "2000-01-01";
const versionPattern = /^(\d{4}-\d{2}-\d{2})(?:-preview)?$/i;

/** The versions that are answered for a resource type. */
export function apiVersionsOf(type: string): ApiVersionRange {
  return { from: oldestVersions[type.toLowerCase()] ?? anyDate };
}

/**
 * The request's api-version. Throws `MissingApiVersionParameter` when there is none and
 * `InvalidApiVersionParameter` for one that is not a date or older than the range.
 */
export function readApiVersion(query: URLSearchParams, range: ApiVersionRange): string {
  const version = query.get("api-version") ?? findAnyCase(query, "api-version");
  if (!version) {
    throw new NightcapError(
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
  const date = versionPattern.exec(version)?.[1];
  if (date === undefined || Number.isNaN(Date.parse(date))) {
    throw new NightcapError(
      "InvalidApiVersionParameter",
      `api-version "${version.slice(0, 40)}" is not valid: YYYY-MM-DD or YYYY-MM-DD-preview expected`,
    );
  }
  if (date < range.from) {
    throw new NightcapError(
      "InvalidApiVersionParameter",
      `api-version "${version}" is not supported: "${range.from}" or newer expected`,
    );
  }
  return version;
}

function findAnyCase(query: URLSearchParams, name: string): string | undefined {
  return [...query].find(([key]) => key.toLowerCase() === name)?.[1];
}
