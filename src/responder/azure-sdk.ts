// Azure's own SDKs as a responder uses them. Loading them takes a quarter of a second, so azure-clients.ts
// imports this file when it makes its first call.
import { ComputeManagementClient } from "@azure/arm-compute";
import {
  NetworkManagementClient,
  type NetworkManagementClientOptionalParams,
} from "@azure/arm-network";
import {
  ClientSecretCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from "@azure/identity";
import type { AzureConnection } from "./azure-clients.ts";
import { lookBackPolicy } from "./look-back-policy.ts";

const subscriptionCountMax = 64;

/** What each request of a client goes through, as the SDK names it nowhere that we may import. */
export type PipelinePolicy = NonNullable<
  NetworkManagementClientOptionalParams["additionalPolicies"]
>[number]["policy"];

export interface Clients {
  network: NetworkManagementClient;
  compute: ComputeManagementClient;
}

/** One pair of clients a subscription; the job's own durable retries stand in for the SDK's. */
export function subscriptionClients(
  connection: AzureConnection,
): (subscriptionId: string) => Clients {
  const { cloud, caPem } = connection;
  const tls = caPem === undefined ? {} : { tlsOptions: { ca: caPem } };
  const common = { ...tls, retryOptions: { maxRetries: 0 } };
  const credential = createCredential(connection, common);
  const known = new Map<string, Clients>();
  const endpoint = cloud.resourceManagerUrl;
  return (subscriptionId) => {
    const found = known.get(subscriptionId);
    if (found) return found;
    if (known.size >= subscriptionCountMax) known.clear();
    const clients = {
      network: new NetworkManagementClient(credential, subscriptionId, {
        ...common,
        endpoint,
        credentialScopes: cloud.scope,
        additionalPolicies: [{ policy: lookBackPolicy, position: "perCall" }],
      }),
      compute: new ComputeManagementClient(credential, subscriptionId, {
        ...common,
        endpoint,
        credentials: { scopes: [cloud.scope] },
      }),
    };
    known.set(subscriptionId, clients);
    return clients;
  };
}

/** Azure's host gives an app's own identity its tokens at IDENTITY_ENDPOINT, over plain HTTP. */
function createCredential(
  connection: AzureConnection,
  options: { retryOptions: { maxRetries: number } },
): TokenCredential {
  if ("managedIdentity" in connection) {
    const { clientId } = connection.managedIdentity;
    const { retryOptions } = options;
    return new ManagedIdentityCredential({ retryOptions, ...(clientId && { clientId }) });
  }
  const { cloud, tenantId, clientId, clientSecret } = connection;
  return new ClientSecretCredential(tenantId, clientId, clientSecret, {
    ...options,
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: cloud.custom,
  });
}
