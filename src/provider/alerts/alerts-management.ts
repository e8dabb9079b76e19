import { z } from "zod";
import { type AlertRecord, putAlert, userStates, withUserState } from "../../alert/alert-record.ts";
import type { Delivery } from "../../alert/delivery.ts";
import { apiVersionsOf } from "../../arm/api-version.ts";
import type { StoredDocument } from "../../common/documents.ts";
import { NightcapError } from "../../common/errors.ts";
import { isWithin, normalScope } from "../authorization/access.ts";
import { nextPage, readSkipToken } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { readAlertFilter, readAlertOrder, readBoolean, readPageCount } from "./alert-query.ts";
import { readGroupings, summaryOf } from "./alert-summary.ts";
import { alertBody, alertType, historyBody } from "./alert-view.ts";

const provider = "/{+scope}/providers/Microsoft.AlertsManagement";
const commentLengthMax = 4_096;
const allParts = { context: true, egressConfig: true, select: [] };

/** Microsoft.AlertsManagement: the alerts that rules made, of any scope, and what people made of them. */
export function alertsManagementOperations(): Operation[] {
  const apiVersions = apiVersionsOf(alertType);
  const read = { method: "GET" as const, action: `${alertType}/read`, apiVersions };
  const path = `${provider}/alerts/{alertId}`;
  return [
    { ...read, path: `${provider}/alerts`, handle: listAlerts },
    {
      ...read,
      path,
      async handle(context) {
        const { body } = await findAlert(context);
        return { status: 200, body: alertBody(body, allParts) };
      },
    },
    {
      ...read,
      action: `${alertType}/history/read`,
      path: `${path}/history`,
      handle: showHistory,
    },
    {
      method: "POST",
      action: `${alertType}/changestate/action`,
      apiVersions,
      path: `${path}/changestate`,
      handle: changeState,
    },
    {
      ...read,
      action: "Microsoft.AlertsManagement/alertsSummary/read",
      apiVersions: apiVersionsOf("Microsoft.AlertsManagement/alertsSummary"),
      path: `${provider}/alertsSummary`,
      handle: showSummary,
    },
  ];
}

const alertsOf = ({ state }: ArmContext) => state.documents<AlertRecord>("alerts");

const parametersOf = ({ query }: ArmContext): Map<string, string> =>
  new Map(Array.from(query, ([name, value]) => [name.toLowerCase(), value]));

/** Those that the query means, in the scope, which the caller may see. */
async function selectAlerts(context: ArmContext): Promise<AlertRecord[]> {
  const parameters = parametersOf(context);
  const filter = readAlertFilter(parameters, context.clock.now());
  const scope = normalScope(context.param("scope"));
  const records = (await alertsOf(context).list()).map(({ body }) => body);
  return records.filter(
    (record) => isOf(record, scope) && filter(record) && maySee(context, record),
  );
}

const isOf = ({ transition }: AlertRecord, scope: string): boolean =>
  scope === "" || isWithin(transition.targetResourceId.toLowerCase(), scope);

/** An alert is seen by whoever may see alerts of its target. */
const maySee = ({ permit }: ArmContext, { alertId, transition }: AlertRecord): boolean =>
  permit.shows({
    id: `${transition.targetResourceId}/providers/${alertType}/${alertId}`,
    type: alertType,
  });

async function listAlerts(context: ArmContext): Promise<ArmAnswer> {
  const parameters = parametersOf(context);
  const parts = {
    context: readBoolean(parameters, "includeContext"),
    egressConfig: readBoolean(parameters, "includeEgressConfig"),
    select: (parameters.get("select") ?? "").split(",").filter((name) => name !== ""),
  };
  const pageCount = readPageCount(parameters, parts.context);
  const order = readAlertOrder(parameters);
  const found = (await selectAlerts(context)).toSorted(order);
  const begin = pageBegin(context, found);
  const page = found.slice(begin, begin + pageCount);
  const last = page.at(-1);
  const more = last !== undefined && begin + pageCount < found.length;
  const next = `/${begin + pageCount}/${last?.alertId ?? ""}`;
  return {
    status: 200,
    body: {
      value: page.map((record) => alertBody(record, parts)),
      ...(more ? { nextLink: nextPage(context, next) } : {}),
    },
  };
}

/** Behind the last one of the page before, wherever it is by now. */
function pageBegin({ query }: ArmContext, found: readonly AlertRecord[]): number {
  const token = readSkipToken(query);
  if (token === null) return 0;
  const [, count = "0", alertId = ""] = token.split("/");
  const at = found.findIndex((record) => record.alertId === alertId);
  return at < 0 ? Number(count) || 0 : at + 1;
}

async function showSummary(context: ArmContext): Promise<ArmAnswer> {
  const parameters = parametersOf(context);
  const names = readGroupings(parameters.get("groupby") ?? "");
  const summary = summaryOf(await selectAlerts(context), names);
  // Alerts are not put into groups by likeness here, so there are none.
  const groups = readBoolean(parameters, "includeSmartGroupsCount") ? { smartGroupsCount: 0 } : {};
  return {
    status: 200,
    body: {
      id: `${context.path}/current`,
      name: "current",
      type: "Microsoft.AlertsManagement/alertsSummary",
      properties: { ...summary, ...groups },
    },
  };
}

async function findAlert(context: ArmContext): Promise<StoredDocument<AlertRecord>> {
  const id = context.param("alertId").toLowerCase();
  const found = await alertsOf(context).get(id);
  const scope = normalScope(context.param("scope"));
  if (found && isOf(found.body, scope) && maySee(context, found.body)) return found;
  throw new NightcapError("ResourceNotFound", `The alert '${id.slice(0, 100)}' was not found.`);
}

async function showHistory(context: ArmContext): Promise<ArmAnswer> {
  const { body } = await findAlert(context);
  const deliveries = context.state.documents<Delivery>("deliveries");
  const found = await deliveries.list({ prefix: `${encodeURIComponent(body.alertId)}-` });
  return {
    status: 200,
    body: historyBody(
      body,
      found.map((stored) => stored.body),
    ),
  };
}

/** A text, or an object with it; both are in use. */
const changeBody = z
  .union([
    z.string().max(commentLengthMax),
    z.looseObject({
      comment: z.string().max(commentLengthMax).nullish(),
      comments: z.string().max(commentLengthMax).nullish(),
    }),
  ])
  .transform((body) => (typeof body === "string" ? body : (body.comments ?? body.comment ?? "")));

async function changeState(context: ArmContext): Promise<ArmAnswer> {
  const asked = parametersOf(context).get("newstate") ?? "";
  const state = userStates.find((name) => name.toLowerCase() === asked.toLowerCase());
  if (state === undefined) {
    throw new NightcapError(
      "InvalidParameter",
      `newState "${asked.slice(0, 100)}" is not allowed: one of ${userStates.join(", ")} expected`,
    );
  }
  const comment = parseContent(changeBody, context.body);
  const { body, revision } = await findAlert(context);
  const { caller, clock } = context;
  const by = caller.name || caller.id;
  const changed = withUserState(body, { state, time: clock.now(), by, comment });
  if (await putAlert(alertsOf(context), changed, revision)) {
    return { status: 200, body: alertBody(changed, allParts) };
  }
  throw new NightcapError("Conflict", `alert ${body.alertId} was changed meanwhile; try again`);
}
