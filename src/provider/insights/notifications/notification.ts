import type { Delivery } from "../../../alert/delivery.ts";
import type { SampleType } from "../../../alert/sample.ts";
import { isoTime } from "../../../common/clock.ts";
import type { State } from "../../../state/state.ts";

/** A test notification: `documents("notifications")`, by its id. */
export interface NotificationRecord {
  notificationId: string;
  /** In lower case: where it was asked for, and may be looked at. */
  scope: string;
  alertType: SampleType;
  createdTime: number;
  correlationId: string;
}

export const notificationRecords = (state: State) =>
  state.documents<NotificationRecord>("notifications");

/** Azure's names of the ways to tell somebody. */
const mechanisms: Readonly<Record<string, string>> = {
  emailReceivers: "Email",
  smsReceivers: "Sms",
  webhookReceivers: "Webhook",
  itsmReceivers: "Itsm",
  azureAppPushReceivers: "AzureAppPush",
  automationRunbookReceivers: "AutomationRunbook",
  voiceReceivers: "Voice",
  logicAppReceivers: "LogicApp",
  azureFunctionReceivers: "AzureFunction",
  armRoleReceivers: "ArmRole",
  eventHubReceivers: "EventHub",
  incidentReceivers: "Incident",
};

/** What became of the notification, as `notificationStatus` says it. */
export async function notificationBody(
  state: State,
  record: NotificationRecord,
): Promise<{ isOver: boolean; body: Record<string, unknown> }> {
  const { notificationId, createdTime, correlationId } = record;
  const table = state.documents<Delivery>("deliveries");
  const stored = await table.list({ prefix: `${encodeURIComponent(notificationId)}/` });
  const deliveries = stored.map(({ body }) => body);
  const isOver = deliveries.every((delivery) => delivery.state !== "Pending");
  const completed = Math.max(createdTime, ...deliveries.map((each) => each.finishedTime ?? 0));
  const body = {
    notificationId,
    correlationId,
    context: {
      notificationSource: "Microsoft.Insights/TestNotification",
      contextType: `Microsoft.Insights/${record.alertType}`,
    },
    state: isOver ? "Completed" : "Processing",
    createdTime: isoTime(createdTime),
    ...(isOver ? { completedTime: isoTime(completed) } : {}),
    actionDetails: deliveries.map(actionDetail),
  };
  return { isOver, body };
}

const statuses: Readonly<Record<Delivery["state"], string>> = {
  Pending: "Processing",
  Succeeded: "Completed",
  Failed: "Failed",
  NotSupported: "Failed",
};

function actionDetail(delivery: Delivery): Record<string, unknown> {
  const { receiverType, receiverName, state, attempts, reason, createdTime } = delivery;
  const last = attempts.at(-1);
  const lastAnswer = last ? (last.error ?? `answer ${last.status ?? "none"}`) : null;
  return {
    mechanismType: mechanisms[receiverType] ?? receiverType,
    name: receiverName,
    status: statuses[state],
    subState: state === "NotSupported" ? "NotSupported" : "Default",
    sendTime: isoTime(last?.time ?? createdTime),
    detail: state === "Pending" ? lastAnswer : reason,
  };
}
