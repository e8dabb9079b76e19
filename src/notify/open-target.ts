import type { Clock } from "../common/clock.ts";
import type { Log } from "../common/log.ts";
import type { Target } from "./target.ts";
import type { TargetSettings } from "./target-settings.ts";
import { httpTarget } from "./targets/http-target.ts";
import { logTarget } from "./targets/log.ts";

export interface OpenTargetOptions {
  clock: Clock;
  log: Log;
  /** Longest wait for a receiver's answer; 15 s unless told. */
  timeoutMilliseconds?: number | undefined;
}

/** The target of these settings. */
export const openTarget = (settings: TargetSettings, options: OpenTargetOptions): Target =>
  settings.kind === "log" ? logTarget(settings, options.log) : httpTarget(settings, options);
