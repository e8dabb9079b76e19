import { alertsManagementOperations } from "./alerts/alerts-management.ts";
import { activityLogOperations } from "./audit/activity-log.ts";
import { roleAssignmentOperations } from "./authorization/role-assignments.ts";
import { roleDefinitionOperations } from "./authorization/role-definitions.ts";
import type { MetricQuery } from "../metric/query.ts";
import type { Operation } from "./kernel/arm-request.ts";
import type { Audit } from "./kernel/audit.ts";
import type { PacketCaptureOptions } from "./captures/capture-options.ts";
import { longRunningOperations } from "./kernel/long-running.ts";
import { scaleSetOperations } from "./compute/scale-sets.ts";
import { computeOperations } from "./compute/virtual-machines.ts";
import { insightsOperations } from "./insights/rules-and-groups.ts";
import type { QueryCheck } from "./insights/log-rules/check-query.ts";
import { logRuleOperations } from "./insights/log-rules/scheduled-query-rules.ts";
import { alertStatusOperations } from "./insights/alert-status.ts";
import { enableReceiverOperation } from "./insights/enable-receiver.ts";
import {
  notificationProgress,
  testNotificationOperations,
} from "./insights/notifications/test-notifications.ts";
import { metricsOperations } from "./insights/metrics/metrics.ts";
import { workspaceOperations } from "./operational-insights/workspaces.ts";
import { resourcesOperations } from "./resources/microsoft-resources.ts";
import type { StorageParts } from "./storage/account-secrets.ts";
import { storageOperations } from "./storage/storage-accounts.ts";
import { networkInterfaceOperations } from "./network/network-interfaces.ts";
import { scaleSetInterfaceOperations } from "./network/scale-set-interfaces.ts";
import { networkWatcherOperations } from "./network/network-watchers.ts";
import { publicAddressOperations } from "./network/public-addresses.ts";
import type { HostAnswer, HostQuestion } from "../diagnosis/question.ts";
import { diagnosticOperations } from "./network/diagnostics.ts";
import { flowLogOperations } from "./network/flow-logs.ts";
import type { FlowLogParts } from "./network/flow-log-status.ts";
import { securityGroupOperations } from "./network/security-groups.ts";
import { virtualNetworkOperations } from "./network/virtual-networks.ts";
import { packetCaptureOperations, packetCaptureProgress } from "./captures/packet-captures.ts";

export interface ProviderOptions {
  tenantId: string;
  /** The region that this control plane serves. */
  location: string;
  captures: PacketCaptureOptions;
  audit: Audit;
  /** Asks a host's agent about its network; throws `VMAgentStatusCommunicationError` when it cannot. */
  askHost(hostId: string, question: HostQuestion): Promise<HostAnswer>;
  /** What the hosts measured. */
  metrics: MetricQuery;
  storage: StorageParts;
  /** How flow logs do, and who wants to know of a change. */
  flowLogs: FlowLogParts;
  /** Looks at the query of a log alert rule. */
  checkQuery: QueryCheck;
  /** An alert rule or an action group was written. */
  onInsightsChanged(resourceId: string): void;
}

/** Every operation that is answered: the table for `createArmKernel`. */
export function providerOperations(options: ProviderOptions): Operation[] {
  const { tenantId, location, captures } = options;
  const operations: Operation[] = [
    ...resourcesOperations({ tenantId, location, operations: () => operations }),
    ...roleDefinitionOperations(),
    ...roleAssignmentOperations(),
    ...activityLogOperations({ tenantId, audit: options.audit }),
    ...computeOperations(captures.agents),
    ...scaleSetOperations({ agents: captures.agents, location }),
    ...networkInterfaceOperations(),
    ...scaleSetInterfaceOperations(),
    ...publicAddressOperations(),
    ...networkWatcherOperations(location),
    ...securityGroupOperations(location),
    ...virtualNetworkOperations(location),
    ...flowLogOperations(options.flowLogs),
    ...diagnosticOperations((hostId, question) => options.askHost(hostId, question)),
    ...packetCaptureOperations(captures),
    ...longRunningOperations({ ...packetCaptureProgress, ...notificationProgress }),
    ...insightsOperations((id) => options.onInsightsChanged(id)),
    ...logRuleOperations({
      checkQuery: options.checkQuery,
      onChanged: (id) => options.onInsightsChanged(id),
    }),
    enableReceiverOperation(),
    ...alertStatusOperations(),
    ...testNotificationOperations(location),
    ...metricsOperations(options.metrics),
    ...alertsManagementOperations(),
    ...workspaceOperations(location),
    ...storageOperations(options.storage, location),
  ];
  return operations;
}
