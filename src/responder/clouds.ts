/** Where a cloud's resource manager and its tokens are. */
export interface Cloud {
  /** URL without a slash at its end. */
  resourceManagerUrl: string;
  authorityHost: string;
  /** Scope asked for in a token: the audience and `/.default`. */
  scope: string;
  /** A custom authority is trusted as it is; Azure's are checked by Azure's instance discovery. */
  custom: boolean;
}

export const cloudNames = ["AzureCloud", "AzureChinaCloud", "AzureUSGovernment"] as const;
export type CloudName = (typeof cloudNames)[number];

/** azure-cli's cloud table (`az cloud list`) and `AzureAuthorityHosts` of @azure/identity. */
const azureClouds: Record<CloudName, [resourceManagerUrl: string, authorityHost: string]> = {
  AzureCloud: ["https://management.azure.com", "https://login.microsoftonline.com"],
  AzureChinaCloud: ["https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"],
  AzureUSGovernment: ["https://management.usgovcloudapi.net", "https://login.microsoftonline.us"],
};

/** One of Azure's clouds by its name. */
export function azureCloud(name: CloudName): Cloud {
  const [resourceManagerUrl, authorityHost] = azureClouds[name];
  const scope = `${resourceManagerUrl}/.default`;
  return { resourceManagerUrl, authorityHost, scope, custom: false };
}

/** A custom endpoint: Nightcap's control plane, or Azure Stack. */
export function customCloud(options: { resourceManagerUrl: string; authorityHost: string }): Cloud {
  const resourceManagerUrl = options.resourceManagerUrl.replace(/\/+$/, "");
  const authorityHost = options.authorityHost.replace(/\/+$/, "");
  return {
    resourceManagerUrl,
    authorityHost,
    scope: `${resourceManagerUrl}/.default`,
    custom: true,
  };
}
