import type { Clock } from "../common/clock.ts";
import type { Log } from "../common/log.ts";
import { failed, type Target } from "./target.ts";
import type { TargetSettings } from "./target-settings.ts";
import { httpTarget } from "./targets/http-target.ts";
import { logTarget } from "./targets/log.ts";

export interface OpenTargetOptions {
  clock: Clock;
  log: Log;
  /** Longest wait for a receiver's answer; 15 s, of mail 20 s, unless told. */
  timeoutMilliseconds?: number | undefined;
}

/** The target of these settings. The mail program is loaded when there is a mail to send. */
export function openTarget(settings: TargetSettings, options: OpenTargetOptions): Target {
  if (settings.kind === "log") return logTarget(settings, options.log);
  if (settings.kind !== "email") return httpTarget(settings, options);
  return {
    name: settings.name,
    async send(message, sendOptions) {
      const loaded = await import("./targets/email.ts").catch(() => null);
      if (!loaded) return failed("the npm package nodemailer is not installed", false);
      return loaded.emailTarget(settings, options.timeoutMilliseconds).send(message, sendOptions);
    },
  };
}
