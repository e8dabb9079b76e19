import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type ActionGroupProperties, parseActionGroup } from "../../../alert/action-group.ts";
import { type Delivery, deliveryKey, planDeliveries } from "../../../alert/delivery.ts";
import { sampleTransition, type SampleType, sampleTypes } from "../../../alert/sample.ts";
import { apiVersionsOf } from "../../../arm/api-version.ts";
import { isoTime } from "../../../common/clock.ts";
import { NightcapError } from "../../../common/errors.ts";
import { normalScope } from "../../authorization/access.ts";
import { findResource } from "../../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../../kernel/arm-request.ts";
import { acceptOperation, type OperationProgress, succeeded } from "../../kernel/long-running.ts";
import { parseContent } from "../../kernel/request-body.ts";
import { notificationBody, notificationRecords } from "./notification.ts";

const subscription = "/subscriptions/{subscriptionId}";
const group = `${subscription}/resourceGroups/{resourceGroupName}`;
const insights = "providers/Microsoft.Insights";
/** Where Azure has `createNotifications`: the subscription, a group, one action group. */
const scopes = [
  `${subscription}/${insights}`,
  `${group}/${insights}`,
  `${group}/${insights}/actionGroups/{actionGroupName}`,
];
/** Time for which a notification can be asked for. */
const keptMilliseconds = 24 * 3_600_000;
const notificationCountMax = 1_000;
const expiredCountMax = 100;
const kind = "testNotification";

/** Test notifications: a sample alert that is really sent, and what became of it. `location` is the served region. */
export function testNotificationOperations(location: string): Operation[] {
  const apiVersions = apiVersionsOf("Microsoft.Insights/createNotifications");
  const common = { apiVersions };
  return scopes.flatMap((scope): Operation[] => {
    const inGroup = scope.endsWith("{actionGroupName}") ? "actionGroups/" : "";
    const action = (name: string, verb: string) => `Microsoft.Insights/${inGroup}${name}/${verb}`;
    return [
      {
        ...common,
        method: "POST",
        path: `${scope}/createNotifications`,
        action: action("createNotifications", "write"),
        handle: (context) => createNotification(context, location),
      },
      {
        ...common,
        method: "GET",
        path: `${scope}/notificationStatus/{notificationId}`,
        action: action("notificationStatus", "read"),
        handle: showNotification,
      },
    ];
  });
}

export const notificationProgress: Readonly<Record<string, OperationProgress>> = {
  async [kind]({ subject }, state) {
    const found = await notificationRecords(state).get(subject);
    if (!found) return succeeded({ status: 204 });
    const { isOver, body } = await notificationBody(state, found.body);
    return isOver ? succeeded({ status: 200, body }) : null;
  },
};

const request = z.looseObject({ alertType: z.string().min(1).max(100) });

async function createNotification(context: ArmContext, location: string): Promise<ArmAnswer> {
  const scope = scopeOfRequest(context.path);
  if (/\/actionGroups\//i.test(scope)) await findResource(context, scope);
  const { alertType, ...receivers } = parseContent(request, context.body);
  const type = readType(alertType);
  const tried = parseActionGroup({ ...receivers, groupShortName: "test", enabled: true });
  const notificationId = randomUUID();
  const createdTime = context.clock.now();
  const record = {
    notificationId,
    scope: normalScope(scope),
    alertType: type,
    createdTime,
    correlationId: randomUUID(),
  };
  const transition = sampleTransition({
    type,
    id: notificationId,
    group: groupOf(context.path),
    time: createdTime,
  });
  const deliveries = plan(transition, { scope, tried }, createdTime);
  await context.state.transact(async (inside) => {
    const records = notificationRecords(inside);
    for (const { key } of await records.due(createdTime, expiredCountMax)) {
      await records.delete(key);
    }
    if ((await records.count()) >= notificationCountMax) throw tooMany();
    await records.put(notificationId, record, { dueAt: createdTime + keptMilliseconds });
    const table = inside.documents<Delivery>("deliveries");
    for (const delivery of deliveries) {
      const dueAt = delivery.state === "Pending" ? createdTime : createdTime + keptMilliseconds;
      await table.put(deliveryKey(delivery), delivery, { dueAt });
    }
  });
  const accepted = await acceptOperation(context, { kind, subject: notificationId, location });
  const { correlationId } = record;
  return {
    ...accepted,
    body: { notificationId, correlationId, createdTime: isoTime(createdTime) },
  };
}

function plan(
  transition: ReturnType<typeof sampleTransition>,
  { scope, tried }: { scope: string; tried: ActionGroupProperties },
  now: number,
): Delivery[] {
  const action = { actionGroupId: scope, webHookProperties: null, group: tried };
  const deliveries = planDeliveries(transition, [action], now);
  if (deliveries.length > 0) return deliveries;
  throw new NightcapError(
    "InvalidParameter",
    "no receiver is named: at least one, for example in webhookReceivers, expected",
  );
}

function readType(text: string): SampleType {
  const found = sampleTypes.find((type) => type === text.toLowerCase());
  if (found) return found;
  throw new NightcapError(
    "InvalidParameter",
    `alertType "${text}" is not supported: ${sampleTypes.join(" or ")} expected, for only metric alerts are made here`,
  );
}

const tooMany = (): NightcapError =>
  new NightcapError(
    "TooManyRequests",
    `${notificationCountMax} test notifications were asked for within a day; the next one is taken when the oldest is a day old`,
  );

async function showNotification(context: ArmContext): Promise<ArmAnswer> {
  const id = context.param("notificationId").toLowerCase();
  const found = await notificationRecords(context.state).get(id);
  if (found?.body.scope !== normalScope(scopeOfRequest(context.path))) {
    throw new NightcapError(
      "ResourceNotFound",
      `The notification '${id.slice(0, 100)}' was not found.`,
    );
  }
  const { body } = await notificationBody(context.state, found.body);
  return { status: 200, body };
}

/** The action group, the resource group or the subscription that a path here is in. */
const scopeOfRequest = (path: string): string =>
  path
    .replace(/\/(?:createNotifications|notificationStatus\/[^/]+)$/i, "")
    .replace(/\/providers\/Microsoft\.Insights$/i, "");

/** A sample's rule and machine are in this group; of a subscription's in Azure's example name. */
function groupOf(path: string): string {
  const [, subscriptions, id, groups, name] = path.split("/");
  const isGroup = groups?.toLowerCase() === "resourcegroups";
  return `/${subscriptions}/${id}/resourceGroups/${isGroup ? name : "test-RG"}`;
}
