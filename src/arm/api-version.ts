import { NightcapError } from "../common/errors.ts";

/** The oldest api-version that is answered; every newer one is, because the shapes only grew. */
export interface ApiVersionRange {
  from: string;
}

/**
 * The api-versions of each resource type that `providers` names, newest first; the last is the oldest
 * that is answered. Clients in use ask for 2016-06-01 (az, hybrid profile) to this year's, and az takes
 * the first that is no preview where it has none of its own.
 */
const versions: Readonly<Record<string, readonly [string, ...string[]]>> = {
  "Microsoft.AlertsManagement/alerts": ["2023-07-12", "2019-05-05", "2019-03-01", "2018-05-05"],
  "Microsoft.AlertsManagement/alertsSummary": ["2023-07-12", "2019-05-05", "2018-05-05"],
  "Microsoft.Authorization/permissions": ["2022-04-01", "2018-07-01", "2015-07-01"],
  "Microsoft.Authorization/roleAssignments": ["2022-04-01", "2018-07-01", "2015-07-01"],
  "Microsoft.Authorization/roleDefinitions": ["2022-04-01", "2018-07-01", "2015-07-01"],
  "Microsoft.Compute/virtualMachines": ["2024-11-01", "2022-08-01", "2019-03-01", "2015-06-15"],
  "Microsoft.Compute/virtualMachineScaleSets": ["2024-11-01", "2022-08-01", "2015-06-15"],
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines": ["2024-11-01", "2015-06-15"],
  "Microsoft.Insights/actionGroups": ["2022-06-01", "2021-09-01", "2018-03-01", "2017-04-01"],
  "Microsoft.Insights/createNotifications": ["2022-06-01", "2021-09-01", "2020-10-01"],
  "Microsoft.Insights/eventtypes": ["2015-04-01", "2014-04-01"],
  "Microsoft.Insights/metricAlerts": ["2018-03-01"],
  "Microsoft.Insights/metricDefinitions": ["2024-02-01", "2021-05-01", "2018-01-01", "2016-03-01"],
  "Microsoft.Insights/metricNamespaces": ["2024-02-01", "2018-01-01", "2017-12-01"],
  "Microsoft.Insights/metrics": ["2024-02-01", "2023-10-01", "2021-05-01", "2018-01-01"],
  "Microsoft.Insights/scheduledQueryRules": ["2023-12-01", "2022-06-15", "2021-08-01"],
  "Microsoft.Network/locations/operations": ["2025-05-01", "2022-01-01", "2015-06-15"],
  "Microsoft.Network/networkInterfaces": ["2025-05-01", "2022-01-01", "2015-06-15"],
  "Microsoft.Network/networkSecurityGroups": ["2025-05-01", "2022-01-01", "2015-06-15"],
  "Microsoft.Network/networkWatchers": ["2025-05-01", "2022-07-01", "2022-01-01", "2016-09-01"],
  "Microsoft.Network/networkWatchers/flowLogs": ["2025-05-01", "2022-01-01", "2016-09-01"],
  "Microsoft.Network/networkWatchers/packetCaptures": ["2025-05-01", "2022-01-01", "2016-09-01"],
  "Microsoft.Network/publicIPAddresses": ["2025-05-01", "2022-01-01", "2015-06-15"],
  "Microsoft.Network/virtualNetworks": ["2025-05-01", "2022-01-01", "2015-06-15"],
  "Microsoft.Network/virtualNetworks/subnets": ["2025-05-01", "2022-01-01", "2015-06-15"],
  "Microsoft.OperationalInsights/deletedWorkspaces": ["2023-09-01", "2022-10-01", "2020-08-01"],
  "Microsoft.OperationalInsights/workspaces": [
    "2025-02-01",
    "2023-09-01",
    "2021-06-01",
    "2015-11-01",
  ],
  "Microsoft.OperationalInsights/workspaces/savedSearches": [
    "2025-07-01",
    "2023-09-01",
    "2020-08-01",
    "2015-03-20",
  ],
  "Microsoft.Resources/providers": ["2025-04-01", "2021-04-01", "2014-04-01"],
  "Microsoft.Resources/resourceGroups": ["2025-04-01", "2021-04-01", "2014-04-01"],
  "Microsoft.Resources/resources": ["2025-04-01", "2021-04-01", "2014-04-01"],
  "Microsoft.Resources/subscriptions": ["2022-12-01", "2019-11-01", "2016-06-01", "2014-04-01"],
  "Microsoft.Resources/tags": ["2025-04-01", "2021-04-01", "2019-10-01"],
  "Microsoft.Resources/tenants": ["2022-12-01", "2019-11-01", "2016-06-01", "2014-04-01"],
  "Microsoft.Storage/storageAccounts": ["2024-01-01", "2022-09-01", "2019-06-01", "2015-06-15"],
  "Microsoft.Storage/storageAccounts/blobServices": ["2024-01-01", "2022-09-01", "2018-07-01"],
  "Microsoft.Storage/storageAccounts/blobServices/containers": ["2024-01-01", "2018-02-01"],
};

const byLowerCase = new Map(
  Object.entries(versions).map(([type, list]) => [type.toLowerCase(), list] as const),
);

const versionPattern = /^(\d{4}-\d{2}-\d{2})(?:-preview)?$/i;

/** Every resource type that is answered here, as Azure spells it, with its versions, newest first. */
export const advertisedVersions = (): [type: string, versions: readonly string[]][] =>
  Object.entries(versions);

/** The versions that are answered for a resource type, which must have its line in the table. */
export function apiVersionsOf(type: string): ApiVersionRange {
  const from = byLowerCase.get(type.toLowerCase())?.at(-1);
  if (from === undefined) throw new Error(`src/arm/api-version.ts has no line for ${type}`);
  return { from };
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
