import type { Clock } from "../../common/clock.ts";
import { callOnce, type HttpCall } from "../http-call.ts";
import type { NotificationMessage } from "../message.ts";
import type { Target } from "../target.ts";
import type { HttpTarget } from "../target-settings.ts";
import { gotifyCall } from "./gotify.ts";
import { ntfyCall } from "./ntfy.ts";
import { pagerDutyCall } from "./pager-duty.ts";
import { slackCall } from "./slack.ts";
import { teamsCall } from "./teams.ts";
import { webhookCall } from "./webhook.ts";

export interface HttpTargetOptions {
  clock: Clock;
  timeoutMilliseconds?: number | undefined;
}

/** Every kind but log and e-mail: a POST of JSON in the receiver's own form. */
export function httpTarget(
  settings: HttpTarget,
  { clock, timeoutMilliseconds }: HttpTargetOptions,
): Target {
  const secret = "secret" in settings ? settings.secret : null;
  const { pathname, search } = new URL(settings.url);
  // The path of many webhooks is their secret.
  const secrets = [settings.url, pathname, search, ...(secret === null ? [] : [secret])];
  return {
    name: settings.name,
    send: (message, { signal }) => {
      const now = clock.now();
      const call = composeCall(settings, message, now);
      return callOnce(call, { settings, secrets, signal, now, timeoutMilliseconds });
    },
  };
}

function composeCall(settings: HttpTarget, message: NotificationMessage, now: number): HttpCall {
  switch (settings.kind) {
    case "webhook":
      return webhookCall(settings, message, now);
    case "slack":
      return slackCall(settings, message);
    case "teams":
      return teamsCall(settings, message);
    case "ntfy":
      return ntfyCall(settings, message);
    case "gotify":
      return gotifyCall(settings, message);
    case "pagerDuty":
      return pagerDutyCall(settings, message);
  }
}
