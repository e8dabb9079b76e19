// Azure's clients as a script of an administrator makes them: only endpoint, audience and authority
// tell Nightcap from Azure.
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ComputeManagementClient } from "@azure/arm-compute";
import { MonitorClient } from "@azure/arm-monitor";
import { NetworkManagementClient } from "@azure/arm-network";
import { OperationalInsightsManagementClient } from "@azure/arm-operationalinsights";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { ClientSecretCredential } from "@azure/identity";
import { LogsQueryClient } from "@azure/monitor-query-logs";
import { MetricsClient } from "@azure/monitor-query-metrics";

/** What a script is told; the suite passes it to its child process. */
export interface Target {
  endpoint: string;
  tenantId: string;
  subscriptionId: string;
  clientId: string;
  clientSecret: string;
  machineId: string;
  /** Folder below /var/captures where the machine may leave files. */
  fileRoot: string;
  /** A webhook. */
  receiverUrl: string;
  /** An address behind the machine's gateway, with a web server on port 80. */
  webAddress: string;
  /** Signed by the control plane, an hour and more ago. */
  expiredToken: string;
  /** Captures that may be recorded at once. */
  sessionCountMax: number;
}

export interface Clients {
  readonly target: Target;
  readonly credential: ClientSecretCredential;
  readonly network: NetworkManagementClient;
  readonly compute: ComputeManagementClient;
  readonly monitor: MonitorClient;
  readonly resources: ResourceManagementClient;
  readonly storage: StorageManagementClient;
  readonly authorization: AuthorizationManagementClient;
  readonly workspaces: OperationalInsightsManagementClient["workspaces"];
  readonly logs: LogsQueryClient;
  readonly metrics: MetricsClient;
}

/** A credential of this installation; the secret is the client's own unless told. */
export const credentialOf = (
  { endpoint, tenantId, clientId, clientSecret }: Target,
  secret = clientSecret,
): ClientSecretCredential =>
  new ClientSecretCredential(tenantId, clientId, secret, {
    authorityHost: endpoint,
    disableInstanceDiscovery: true,
  });

export function openClients(target: Target, credential = credentialOf(target)): Clients {
  const { endpoint, subscriptionId } = target;
  const scopes = [`${endpoint}/.default`];
  return {
    target,
    credential,
    network: new NetworkManagementClient(credential, subscriptionId, { endpoint }),
    compute: new ComputeManagementClient(credential, subscriptionId, {
      endpoint,
      credentials: { scopes },
    }),
    monitor: new MonitorClient(credential, subscriptionId, {
      endpoint,
      credentialScopes: scopes,
    }),
    resources: new ResourceManagementClient(credential, subscriptionId, {
      endpoint,
      credentials: { scopes },
    }),
    storage: new StorageManagementClient(credential, subscriptionId, {
      endpoint,
      credentials: { scopes },
    }),
    authorization: new AuthorizationManagementClient(credential, subscriptionId, {
      endpoint,
      credentialScopes: scopes,
    }),
    workspaces: new OperationalInsightsManagementClient(credential, subscriptionId, {
      endpoint,
      credentials: { scopes },
    }).workspaces,
    // These two ask for tokens of the public cloud's audiences, which mean this server.
    logs: new LogsQueryClient(credential, { endpoint: `${endpoint}/v1` }),
    metrics: new MetricsClient(endpoint, credential),
  };
}
