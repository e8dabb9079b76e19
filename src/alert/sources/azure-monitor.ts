import { parseAlert } from "../parse-alert.ts";
import { oneAlert, type SourceAlerts } from "./source.ts";

/** Azure Monitor's schemas: common, metric (legacy and classic), log and activity log. One alert a call. */
export const readAzureMonitor = (body: unknown): SourceAlerts =>
  oneAlert("azureMonitor", parseAlert(body));
