import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { readPages } from "./captures.ts";
import { topicKey } from "./topics.ts";
import { get, request } from "./request.ts";

export const actionGroupType = "Microsoft.Insights/actionGroups";
const apiVersion = "2022-06-01";
const testApiVersion = "2021-09-01";

/** One of those who are told; what is not named here is kept as it came. */
export interface Receiver {
  name: string;
  [field: string]: unknown;
}

/** Lists of Azure's action groups, and the field that has the address of each kind. */
export const receiverKinds = {
  webhookReceivers: "serviceUri",
  azureFunctionReceivers: "httpTriggerUrl",
  logicAppReceivers: "callbackUrl",
  automationRunbookReceivers: "serviceUri",
  emailReceivers: "emailAddress",
  smsReceivers: "phoneNumber",
  voiceReceivers: "phoneNumber",
  azureAppPushReceivers: "emailAddress",
  armRoleReceivers: "roleId",
  itsmReceivers: "connectionId",
  eventHubReceivers: "eventHubName",
  incidentReceivers: "connection",
} as const;
export type ReceiverKind = keyof typeof receiverKinds;

/** Those that Nightcap calls itself; the others are kept, and each delivery says that it was not made. */
export const calledKinds: readonly ReceiverKind[] = [
  "webhookReceivers",
  "azureFunctionReceivers",
  "logicAppReceivers",
  "automationRunbookReceivers",
];

export type ActionGroupProperties = {
  groupShortName: string;
  enabled: boolean;
} & { [Kind in ReceiverKind]?: Receiver[] | null };

export interface ActionGroup {
  id: string;
  name: string;
  location: string;
  tags?: Record<string, string>;
  properties: ActionGroupProperties;
}

export function useActionGroups(): UseQueryResult<ActionGroup[]> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: [topicKey("alert"), "groups", subscriptionId],
    queryFn: () =>
      readPages<ActionGroup>(
        `/subscriptions/${subscriptionId}/providers/${actionGroupType}`,
        apiVersion,
      ),
  });
}

export const putActionGroup = (
  id: string,
  body: Pick<ActionGroup, "location" | "tags" | "properties">,
): Promise<ActionGroup> => request("PUT", `${id}?api-version=${apiVersion}`, body);

export const deleteActionGroup = ({ id }: Pick<ActionGroup, "id">): Promise<void> =>
  request("DELETE", `${id}?api-version=${apiVersion}`);

/** What became of one receiver. */
export interface TestDetail {
  mechanismType: string;
  name: string;
  status: string;
  subState: string;
  detail: string | null;
}

interface TestStatus {
  state: string;
  actionDetails: TestDetail[];
}

const pollMilliseconds = 250;
const pollCountMax = 120;

/** Azure's own test: a sample alert to the receivers, told of again and again until each had its answer. */
export async function testReceivers(
  groupId: string,
  properties: ActionGroupProperties,
  told: (details: TestDetail[]) => void,
): Promise<TestDetail[]> {
  const receivers = Object.fromEntries(
    Object.keys(receiverKinds).map((kind) => [kind, properties[kind as ReceiverKind] ?? []]),
  );
  const body = { alertType: "metricstaticthreshold", ...receivers };
  // The test is of the resource group: the action group need not be there yet.
  const [scope = ""] = groupId.split(/\/actionGroups\//i);
  const path = (name: string): string => `${scope}/${name}?api-version=${testApiVersion}`;
  const { notificationId } = await request<{ notificationId: string }>(
    "POST",
    path("createNotifications"),
    body,
  );
  for (let count = 0; ; count++) {
    const status = await get<TestStatus>(path(`notificationStatus/${notificationId}`));
    told(status.actionDetails);
    if (status.state === "Completed" || count >= pollCountMax) return status.actionDetails;
    await new Promise((resolve) => void setTimeout(resolve, pollMilliseconds));
  }
}
