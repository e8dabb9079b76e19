import { z } from "zod";
import { isoTime } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import { type DeadLetter, viewEntry } from "../notify/outbox-entry.ts";
import { checkLetterId } from "../notify/outbox.ts";
import type { TargetSettings } from "../notify/target-settings.ts";
import { viewTarget } from "../notify/target-store.ts";
import { type ApiRoute, route } from "./openapi/route.ts";
import { listOf, noContent, time } from "./openapi/shapes.ts";
import { readTarget } from "./notification-changes.ts";
import { namelessTarget, targetChange, triedTarget, viewedTarget } from "./notification-shapes.ts";
import type { Notifications } from "./notifications.ts";

const targetsPath = "/nightcap/v1/notification-targets";
const lettersPath = "/nightcap/v1/notification-dead-letters";
const idCountMax = 1_000;
const retryRequest = z.strictObject({
  ids: z
    .array(z.string())
    .max(idCountMax)
    .nullable()
    .default(null)
    .describe("All of them unless told"),
});

const targetTest = z.object({
  target: z.string(),
  delivered: z.boolean(),
  reason: z.string().nullable(),
  milliseconds: z.int(),
});
const deadLetter = z.object({
  id: z.string(),
  target: z.string(),
  messageId: z.string(),
  incidentId: z.string(),
  kind: z.string(),
  severity: z.int(),
  title: z.string(),
  attemptCount: z.int(),
  reason: z.string().nullable().describe("Why the last try failed"),
  acceptedTime: time.describe("When it was to be told"),
  diedTime: time,
});
const count = { description: "How many", json: z.object({ count: z.int() }) };

/** Where people are told, and what could not be told. */
export const notificationRoutes = (notifications: Notifications, log: Log): ApiRoute[] => [
  ...targetRoutes(notifications, log),
  ...letterRoutes(notifications),
];

function targetRoutes(notifications: Notifications, log: Log): ApiRoute[] {
  const { targets: store } = notifications;
  const path = `${targetsPath}/{name}` as const;
  return [
    route(
      {
        method: "GET",
        path: targetsPath,
        summary: "Where people are told",
        answers: { 200: { description: "All targets", json: listOf(viewedTarget) } },
      },
      () => {
        const value = store.list().map((each) => viewTarget(each, store.isFixed(each.name)));
        return { status: 200, body: { value } };
      },
    ),
    route(
      {
        method: "GET",
        path,
        summary: "A target, without its secrets",
        errors: ["ResourceNotFound"],
        answers: { 200: { description: "The target", json: viewedTarget } },
      },
      ({ params: { name } }) => {
        const found = findTarget(notifications, name);
        return { status: 200, body: viewTarget(found, store.isFixed(name)) };
      },
    ),
    route(
      {
        method: "PUT",
        path,
        summary: "Makes or replaces a target",
        errors: ["Conflict"],
        body: namelessTarget,
        answers: {
          200: { description: "Replaced", json: viewedTarget },
          201: { description: "Made", json: viewedTarget },
        },
      },
      async ({ params: { name }, body, caller }) => {
        const target = readTarget(name, body, null);
        const isNew = await store.put(target);
        log.info({ target: name, kind: target.kind, by: caller.id }, "notification target written");
        const shown = viewTarget(target, false);
        return isNew ? { status: 201, body: shown } : { status: 200, body: shown };
      },
    ),
    route(
      {
        method: "PATCH",
        path,
        summary: "Changes a target; what is not named stays, its secrets too",
        errors: ["ResourceNotFound", "Conflict"],
        body: targetChange,
        answers: { 200: { description: "Changed", json: viewedTarget } },
      },
      async ({ params: { name }, body, caller, note }) => {
        const target = readTarget(name, body, findTarget(notifications, name));
        await store.put(target);
        note(`${name}: ${Object.keys(body).join(", ")}`);
        log.info({ target: name, kind: target.kind, by: caller.id }, "notification target written");
        return { status: 200, body: viewTarget(target, false) };
      },
    ),
    route(
      {
        method: "DELETE",
        path,
        summary: "Removes a target",
        errors: ["Conflict"],
        answers: { 204: noContent },
      },
      async ({ params: { name }, caller }) => {
        const isGone = await store.delete(name);
        if (isGone) log.info({ target: name, by: caller.id }, "notification target removed");
        return { status: 204 };
      },
    ),
    route(
      {
        method: "POST",
        path: `${path}/test`,
        summary:
          "Sends it a message that says it is a test; with a body, to what is not stored yet",
        body: triedTarget,
        errors: ["ResourceNotFound"],
        answers: { 200: { description: "How that ended", json: targetTest } },
      },
      async ({ params: { name }, body, note }) => {
        const isTried = Object.keys(body).length > 0;
        if (isTried) note(`${name}: settings that are not stored`);
        const target = isTried
          ? readTarget(name, body, store.find(name))
          : findTarget(notifications, name);
        return { status: 200, body: await test(notifications, target) };
      },
    ),
  ];
}

const letterRoutes = ({ outbox }: Notifications): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: lettersPath,
      summary: "Notifications that were given up, the newest first",
      answers: { 200: { description: "All of them", json: listOf(deadLetter) } },
    },
    async () => {
      const found = await outbox.deadLetters();
      const value = found.toSorted((a, b) => b.diedAt - a.diedAt).map(viewLetter);
      return { status: 200, body: { value } };
    },
  ),
  route(
    {
      method: "POST",
      path: `${lettersPath}/retry`,
      summary: "Sends them again",
      errors: ["InvalidParameter"],
      body: retryRequest,
      answers: { 200: count },
    },
    async ({ body: { ids } }) => ({
      status: 200,
      body: { count: await outbox.retry(ids?.map(checkLetterId) ?? null) },
    }),
  ),
  route(
    { method: "DELETE", path: lettersPath, summary: "Drops all of them", answers: { 200: count } },
    async () => ({ status: 200, body: { count: await outbox.drop(null) } }),
  ),
  route(
    {
      method: "DELETE",
      path: `${lettersPath}/{id}`,
      summary: "Drops one of them",
      errors: ["InvalidParameter"],
      answers: { 200: count },
    },
    async ({ params: { id } }) => ({
      status: 200,
      body: { count: await outbox.drop([checkLetterId(id)]) },
    }),
  ),
];

function findTarget({ targets: store }: Notifications, name: string): TargetSettings {
  const found = store.find(name);
  if (found) return found;
  const shown = name.slice(0, 100);
  throw new NightcapError("ResourceNotFound", `there is no notification target "${shown}"`);
}

async function test(notifications: Notifications, target: TargetSettings) {
  const begin = performance.now();
  const result = await notifications.test(target);
  const milliseconds = Math.round(performance.now() - begin);
  const { name } = target;
  return {
    target: name,
    delivered: result.ok,
    reason: result.ok ? null : result.reason,
    milliseconds,
  };
}

const viewLetter = ({ id, entry, diedAt }: DeadLetter): z.input<typeof deadLetter> => ({
  id,
  ...viewEntry(entry),
  acceptedTime: isoTime(entry.acceptedAt),
  diedTime: isoTime(diedAt),
});
