/** What a role may do. `*` stands for any characters, slashes too; case does not matter. */
export interface RolePermission {
  actions: readonly string[];
  /** Taken off `actions` of this role; another role of the same caller may still have them. */
  notActions: readonly string[];
  dataActions: readonly string[];
  notDataActions: readonly string[];
}

export interface RoleDefinition {
  /** GUID; Azure's own where Azure has the role. */
  name: string;
  roleName: string;
  type: "BuiltInRole" | "CustomRole";
  description: string;
  permission: RolePermission;
}

const permission = (part: Partial<RolePermission>): RolePermission => ({
  actions: [],
  notActions: [],
  dataActions: [],
  notDataActions: [],
  ...part,
});

export const ownerRole: RoleDefinition = {
  name: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  roleName: "Owner",
  type: "BuiltInRole",
  description:
    "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
  permission: permission({ actions: ["*"] }),
};

const contributorRole: RoleDefinition = {
  name: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  roleName: "Contributor",
  type: "BuiltInRole",
  description:
    "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.",
  permission: permission({
    actions: ["*"],
    notActions: [
      "Microsoft.Authorization/*/Delete",
      "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action",
      "Microsoft.Blueprint/blueprintAssignments/write",
      "Microsoft.Blueprint/blueprintAssignments/delete",
      "Microsoft.Compute/galleries/share/action",
      "Microsoft.Purview/consents/write",
      "Microsoft.Purview/consents/delete",
      "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
      "Microsoft.Subscription/cancel/action",
      "Microsoft.Subscription/enable/action",
    ],
  }),
};

const readerRole: RoleDefinition = {
  name: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  roleName: "Reader",
  type: "BuiltInRole",
  description: "View all resources, but does not allow you to make any changes.",
  permission: permission({ actions: ["*/read"] }),
};

const networkContributorRole: RoleDefinition = {
  name: "4d97b98b-1d4f-4787-a291-c67834d212e7",
  roleName: "Network Contributor",
  type: "BuiltInRole",
  description: "Lets you manage networks, but not access to them.",
  permission: permission({
    actions: [
      "Microsoft.Authorization/*/read",
      "Microsoft.Insights/alertRules/*",
      "Microsoft.Network/*",
      "Microsoft.ResourceHealth/availabilityStatuses/read",
      "Microsoft.Resources/deployments/*",
      "Microsoft.Resources/subscriptions/resourceGroups/read",
      "Microsoft.Support/*",
    ],
  }),
};

const monitoringContributorRole: RoleDefinition = {
  name: "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
  roleName: "Monitoring Contributor",
  type: "BuiltInRole",
  description: "Can read all monitoring data and update monitoring settings.",
  permission: permission({
    actions: [
      "*/read",
      "Microsoft.AlertsManagement/alerts/*",
      "Microsoft.AlertsManagement/alertsSummary/*",
      "Microsoft.AlertsManagement/issues/*",
      "Microsoft.Insights/actiongroups/*",
      "Microsoft.Insights/activityLogAlerts/*",
      "Microsoft.Insights/AlertRules/*",
      "Microsoft.Insights/components/*",
      "Microsoft.Insights/createNotifications/*",
      "Microsoft.Insights/dataCollectionEndpoints/*",
      "Microsoft.Insights/dataCollectionRules/*",
      "Microsoft.Insights/dataCollectionRuleAssociations/*",
      "Microsoft.Insights/DiagnosticSettings/*",
      "Microsoft.Insights/eventtypes/*",
      "Microsoft.Insights/LogDefinitions/*",
      "Microsoft.Insights/metricalerts/*",
      "Microsoft.Insights/MetricDefinitions/*",
      "Microsoft.Insights/Metrics/*",
      "Microsoft.Insights/notificationStatus/*",
      "Microsoft.Insights/Register/Action",
      "Microsoft.Insights/scheduledqueryrules/*",
      "Microsoft.Insights/webtests/*",
      "Microsoft.Insights/workbooks/*",
      "Microsoft.Insights/workbooktemplates/*",
      "Microsoft.Insights/privateLinkScopes/*",
      "Microsoft.Insights/privateLinkScopeOperationStatuses/*",
      "Microsoft.Monitor/accounts/*",
      "Microsoft.Monitor/settings/*",
      "Microsoft.OperationalInsights/workspaces/write",
      "Microsoft.OperationalInsights/workspaces/intelligencepacks/*",
      "Microsoft.OperationalInsights/workspaces/savedSearches/*",
      "Microsoft.OperationalInsights/workspaces/search/action",
      "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
      "Microsoft.OperationalInsights/workspaces/sharedKeys/read",
      "Microsoft.OperationalInsights/workspaces/storageinsightconfigs/*",
      "Microsoft.OperationalInsights/locations/workspaces/failover/action",
      "Microsoft.OperationalInsights/workspaces/failback/action",
      "Microsoft.Support/*",
      "Microsoft.AlertsManagement/smartDetectorAlertRules/*",
      "Microsoft.AlertsManagement/actionRules/*",
      "Microsoft.AlertsManagement/smartGroups/*",
      "Microsoft.AlertsManagement/migrateFromSmartDetection/*",
      "Microsoft.AlertsManagement/investigations/*",
      "Microsoft.AlertsManagement/prometheusRuleGroups/*",
      "Microsoft.Monitor/investigations/*",
      "Microsoft.Resources/deployments/*",
    ],
  }),
};

const logAnalyticsReaderRole: RoleDefinition = {
  name: "73c42c96-874c-492b-b04d-ab87d138a893",
  roleName: "Log Analytics Reader",
  type: "BuiltInRole",
  description:
    "Log Analytics Reader can view and search all monitoring data as well as and view monitoring settings, including viewing the configuration of Azure diagnostics on all Azure resources.",
  permission: permission({
    actions: [
      "*/read",
      "Microsoft.OperationalInsights/workspaces/analytics/query/action",
      "Microsoft.OperationalInsights/workspaces/search/action",
      "Microsoft.Support/*",
    ],
    notActions: ["Microsoft.OperationalInsights/workspaces/sharedKeys/read"],
  }),
};

const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

const blobDataReaderRole: RoleDefinition = {
  name: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
  roleName: "Storage Blob Data Reader",
  type: "BuiltInRole",
  description: "Allows for read access to Azure Storage blob containers and data",
  permission: permission({
    actions: [
      "Microsoft.Storage/storageAccounts/blobServices/containers/read",
      "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
    ],
    dataActions: [`${blobs}/read`],
  }),
};

const blobDataContributorRole: RoleDefinition = {
  name: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  roleName: "Storage Blob Data Contributor",
  type: "BuiltInRole",
  description: "Allows for read, write and delete access to Azure Storage blob containers and data",
  permission: permission({
    actions: [
      "Microsoft.Storage/storageAccounts/blobServices/containers/delete",
      "Microsoft.Storage/storageAccounts/blobServices/containers/read",
      "Microsoft.Storage/storageAccounts/blobServices/containers/write",
      "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
    ],
    dataActions: [
      `${blobs}/delete`,
      `${blobs}/read`,
      `${blobs}/write`,
      `${blobs}/move/action`,
      `${blobs}/add/action`,
    ],
  }),
};

/** The least with which the function does its work: looks at hosts, records on them, follows it to the end. */
export const responderRole: RoleDefinition = {
  name: "6f0f4d5c-2f0e-4f6b-9c39-5f2b8f6f7a10",
  roleName: "Nightcap Responder",
  type: "CustomRole",
  description: "Lets the responder find hosts and manage packet captures, and nothing else.",
  permission: permission({
    actions: [
      "Microsoft.Compute/virtualMachines/read",
      "Microsoft.Compute/virtualMachineScaleSets/read",
      "Microsoft.Network/networkWatchers/read",
      "Microsoft.Network/networkWatchers/packetCaptures/*",
      "Microsoft.Network/locations/operations/read",
    ],
  }),
};

/** Who may stop traffic on hosts that allow it, and see what is stopped; nothing else. */
const networkBlockerRole: RoleDefinition = {
  name: "0d6b7c3e-5f0a-4c1b-9a35-6e2d8c41f7b2",
  roleName: "Nightcap Network Blocker",
  type: "CustomRole",
  description: "Lets you block addresses on hosts for a time, and nothing else.",
  permission: permission({ actions: ["Nightcap/blocks/*"] }),
};

/**
 * Reads who did what with captures. The log's reading is a data action, so that Owner, who has every action,
 * does not have it: who runs the system and who watches it can be two.
 */
export const auditorRole: RoleDefinition = {
  name: "2d6f0d0e-6a36-4c8b-9a40-0c1f4f1f6f57",
  roleName: "Nightcap Auditor",
  type: "CustomRole",
  description: "Lets you read the access log, manifests and public keys, and nothing else.",
  permission: permission({
    actions: ["Nightcap/evidence/read"],
    dataActions: ["Nightcap/evidence/log/read"],
  }),
};

/** Who may hold captures and let them go. The second action is what Azure asks of who locks a resource. */
const holdKeeperRole: RoleDefinition = {
  name: "7a1c9e54-3b0d-4e7f-8d62-1f5a0b9c4e83",
  roleName: "Nightcap Hold Keeper",
  type: "CustomRole",
  description: "Lets you set, list and clear legal holds on captures, and nothing else.",
  permission: permission({ actions: ["Nightcap/holds/*", "Microsoft.Authorization/locks/*"] }),
};

/**
 * The roles that can be assigned. Names and lists are Azure's own
 * (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles), but for the last four.
 */
export const roleDefinitions: readonly RoleDefinition[] = [
  ownerRole,
  contributorRole,
  readerRole,
  networkContributorRole,
  monitoringContributorRole,
  logAnalyticsReaderRole,
  blobDataReaderRole,
  blobDataContributorRole,
  responderRole,
  auditorRole,
  networkBlockerRole,
  holdKeeperRole,
];

/** The role of a GUID, of a role's own name, or of a role definition's id in any scope; null for none. */
export function findRole(text: string): RoleDefinition | null {
  const wanted = text.slice(text.lastIndexOf("/") + 1).toLowerCase();
  const found = roleDefinitions.find(
    ({ name, roleName }) => name === wanted || roleName.toLowerCase() === wanted,
  );
  return found ?? null;
}
