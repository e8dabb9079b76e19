import { z } from "zod";
import { isoTime } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { jsonResponse, requestUrl } from "../common/http.ts";
import type { Log } from "../common/log.ts";
import { type DeadLetter, viewEntry } from "../notify/outbox-entry.ts";
import { checkLetterId } from "../notify/outbox.ts";
import type { TargetSettings } from "../notify/target-settings.ts";
import { targetSettings } from "../notify/target-settings.ts";
import { viewTarget } from "../notify/target-store.ts";
import type { Caller } from "../provider/kernel/arm-request.ts";
import { parseContent, readJson } from "../provider/kernel/request-body.ts";
import type { Notifications } from "./notifications.ts";

const area = "/nightcap/v1/notification-";
const idCountMax = 1_000;
const retryRequest = z.strictObject({
  /** All of them unless told. */
  ids: z.array(z.string()).max(idCountMax).nullable().default(null),
});

/** Notification targets and dead letters; the caller's roles were checked before. Null for other paths. */
export function createNotificationsApi(
  notifications: Notifications,
  log: Log,
): (request: Request, caller: Caller) => Promise<Response | null> {
  return async (request, caller) => {
    const { pathname } = requestUrl(request);
    if (!pathname.startsWith(area)) return null;
    const [noun, ...rest] = pathname.slice(area.length).split("/").map(decodeURIComponent);
    if (noun === "targets") return targets(request, rest, { notifications, caller, log });
    if (noun === "dead-letters") return deadLetters(request, rest, notifications);
    return null;
  };
}

interface TargetOptions {
  notifications: Notifications;
  caller: Caller;
  log: Log;
}

async function targets(
  request: Request,
  [name, action, ...more]: string[],
  { notifications, caller, log }: TargetOptions,
): Promise<Response | null> {
  const store = notifications.targets;
  if (more.length > 0 || (action !== undefined && action !== "test")) return null;
  if (name === undefined) {
    if (request.method !== "GET") return null;
    const value = store.list().map((each) => viewTarget(each, store.isFixed(each.name)));
    return jsonResponse(200, { value });
  }
  if (action === "test") {
    return request.method === "POST" ? test(notifications, findTarget(notifications, name)) : null;
  }
  switch (request.method) {
    case "GET": {
      const found = findTarget(notifications, name);
      return jsonResponse(200, viewTarget(found, store.isFixed(name)));
    }
    case "PUT": {
      const target = await readTarget(request, name);
      const isNew = await store.put(target);
      log.info({ target: name, kind: target.kind, by: caller.id }, "notification target written");
      return jsonResponse(isNew ? 201 : 200, viewTarget(target, false));
    }
    case "DELETE": {
      const isGone = await store.delete(name);
      if (isGone) log.info({ target: name, by: caller.id }, "notification target removed");
      return new Response(null, { status: 204 });
    }
    default:
      return null;
  }
}

function findTarget({ targets: store }: Notifications, name: string): TargetSettings {
  const found = store.find(name);
  if (found) return found;
  const shown = name.slice(0, 100);
  throw new NightcapError("ResourceNotFound", `there is no notification target "${shown}"`);
}

async function readTarget(request: Request, name: string): Promise<TargetSettings> {
  const body = await readJson(request);
  const fields = typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
  return parseContent(targetSettings, { ...fields, name });
}

async function test(notifications: Notifications, target: TargetSettings): Promise<Response> {
  const begin = performance.now();
  const result = await notifications.test(target);
  const milliseconds = Math.round(performance.now() - begin);
  return jsonResponse(200, {
    target: target.name,
    delivered: result.ok,
    reason: result.ok ? null : result.reason,
    milliseconds,
  });
}

async function deadLetters(
  request: Request,
  [id, ...more]: string[],
  { outbox }: Notifications,
): Promise<Response | null> {
  if (more.length > 0) return null;
  const route = `${request.method} ${id === undefined ? "" : id === "retry" ? "retry" : "{}"}`;
  switch (route) {
    case "GET ": {
      const found = await outbox.deadLetters();
      const value = found.toSorted((a, b) => b.diedAt - a.diedAt).map(viewLetter);
      return jsonResponse(200, { value });
    }
    case "POST retry": {
      const { ids } = parseContent(retryRequest, await readJson(request));
      return jsonResponse(200, { count: await outbox.retry(ids?.map(checkLetterId) ?? null) });
    }
    case "DELETE ":
      return jsonResponse(200, { count: await outbox.drop(null) });
    case "DELETE {}":
      return jsonResponse(200, { count: await outbox.drop([checkLetterId(id ?? "")]) });
    default:
      return null;
  }
}

const viewLetter = ({ id, entry, diedAt }: DeadLetter): object =>
  Object.assign({ id }, viewEntry(entry), { diedTime: isoTime(diedAt) });
