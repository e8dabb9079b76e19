import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { NightcapError } from "../common/errors.ts";
import type { Log } from "../common/log.ts";
import type { Notification } from "./job.ts";

const webhookTimeoutMilliseconds = 30_000;
const transientStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** Header by which a receiver knows a notification that it has had already. */
export const notificationIdHeader = "x-nightcap-notification-id";

/**
 * One way to tell people. `send` resolves when the other side has taken it; a failure that may pass is
 * `ServiceUnavailable`. A crash between taking and recording sends once more, with the same
 * `notificationId`: delivery is at least once, and a receiver that keeps ids has it exactly once.
 */
export interface Notifier {
  /** Stable over restarts: deliveries are recorded under it. */
  readonly name: string;
  send(notification: Notification, signal: AbortSignal): Promise<void>;
}

export const logNotifierName = "log";

/** The log as a receiver: one line for each finished alert. */
export function logNotifier(log: Log): Notifier {
  return {
    name: logNotifierName,
    send(notification) {
      const { notificationId, outcome, text, link, alert, capture } = notification;
      const fields = { notificationId, outcome, text, link, rule: alert.ruleName };
      log.info({ ...fields, capture: capture?.name ?? null }, "alert answered");
      return Promise.resolve();
    },
  };
}

export interface WebhookOptions {
  /** https, or http on the loopback. May hold a secret: never logged. */
  url: string;
  /** PEM of a private authority, trusted besides the system's. */
  caPem?: string;
  timeoutMilliseconds?: number;
}

/** POSTs the notification as JSON; 2xx is success, redirections are not followed. */
export function webhookNotifier({ url, caPem, timeoutMilliseconds }: WebhookOptions): Notifier {
  const target = checkWebhookUrl(url);
  const where = `webhook at ${target.host}`;
  return {
    // The path and the query of many webhooks are their secret, so only a hash of them is kept.
    name: `webhook ${target.host} ${createHash("sha256").update(target.href).digest("hex").slice(0, 12)}`,
    async send(notification, signal) {
      const timeout = AbortSignal.timeout(timeoutMilliseconds ?? webhookTimeoutMilliseconds);
      const status = await post(target, notification, {
        signal: AbortSignal.any([signal, timeout]),
        ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
      }).catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new NightcapError("ServiceUnavailable", `${where} does not answer`, { cause });
      });
      if (status >= 200 && status < 300) return;
      const code = transientStatuses.has(status) ? "ServiceUnavailable" : "InvalidRequest";
      throw new NightcapError(code, `${where} answered ${status}; 200 to 299 expected`);
    },
  };
}

/** Throws `SettingsInvalid` for a URL over which a notification must not travel. */
export function checkWebhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw new NightcapError("SettingsInvalid", "webhook URL cannot be read");
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && loopback)) return url;
  const shown = `${url.protocol}//${url.host}`;
  throw new NightcapError(
    "SettingsInvalid",
    `webhook URL ${shown} is not allowed: https expected, or http on the loopback`,
  );
}

function post(
  url: URL,
  notification: Notification,
  options: { signal: AbortSignal; ca?: string[] },
): Promise<number> {
  const body = JSON.stringify(notification);
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    [notificationIdHeader]: notification.notificationId,
  };
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers, agent: false, ...options }, (response) => {
      // The answer's body is of no interest, however long it is.
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
