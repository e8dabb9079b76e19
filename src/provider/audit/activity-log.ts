import { apiVersionsOf } from "../../arm/api-version.ts";
import {
  type Comparison,
  type FilterTerm,
  parseFilter,
  unknownTerm,
} from "../../arm/odata-filter.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { nextPage, readSkipToken } from "../kernel/answers.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";
import type { Audit, AuditEntry } from "../kernel/audit.ts";
import { activityEvent } from "./activity-event.ts";

const type = "Microsoft.Insights/eventtypes";
const lastTime = "9999-12-31T23:59:59.999Z";
/** Azure's own. */
const pageSize = 200;
const category = { value: "Administrative", localizedValue: "Administrative" };

/** The audit as Azure's activity log: what `az monitor activity-log list` asks for. */
export function activityLogOperations(options: { tenantId: string; audit: Audit }): Operation[] {
  const apiVersions = apiVersionsOf(type);
  return [
    {
      method: "GET",
      path: "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values",
      action: `${type}/values/read`,
      apiVersions,
      handle: (context) => listEvents(context, options),
    },
    {
      method: "GET",
      path: "/providers/Microsoft.Insights/eventcategories",
      action: "Microsoft.Insights/eventCategories/read",
      apiVersions,
      reach: "anyone",
      handle: async () => ({ status: 200, body: { value: [category] } }),
    },
  ];
}

/** Newest first, as Azure has it. */
async function listEvents(context: ArmContext, options: { tenantId: string; audit: Audit }) {
  const { audit, tenantId } = options;
  const terms = parseFilter(context.query.get("$filter"));
  const range = readRange(terms);
  const select = readSelect(context.query.get("$select"));
  const own = { tenantId, subscriptionId: context.param("subscriptionId") };
  const wanted = readAfter(context, range.to);
  const found = (await audit.list({ from: range.from, to: wanted.to }))
    .filter((entry) => wanted.isNext(entry))
    .map((entry) => activityEvent(entry, own))
    .filter((event) => terms.every((term) => matches(event, term)))
    .toReversed();
  const page = found.slice(0, pageSize);
  const last = page.at(-1);
  const nextLink =
    found.length > page.length && last
      ? { nextLink: nextPage(context, `/${last.eventTimestamp}/${last.eventDataId}`) }
      : {};
  return { status: 200, body: { value: page.map(select), ...nextLink } };
}

type ActivityEvent = ReturnType<typeof activityEvent>;

/** Goes on behind the last event of the page before. */
function readAfter(context: ArmContext, to: string) {
  const [, time = to, id = ""] = readSkipToken(context.query)?.split("/") ?? [];
  const isNext = ({ when, requestId }: AuditEntry): boolean =>
    id === "" || when < time || (when === time && requestId < id);
  return { to: time < to ? time : to, isNext };
}

const isTimeTerm = (term: FilterTerm): term is Comparison =>
  "field" in term && /^eventTimestamp$/i.test(term.field);

/** Azure wants a start; without an end it is now. */
function readRange(terms: readonly FilterTerm[]): { from: string; to: string } {
  let from: string | null = null;
  let to = lastTime;
  for (const term of terms.filter(isTimeTerm)) {
    const time = readTime(term.value);
    if (term.operator === "ge" || term.operator === "gt") from = time;
    else if (term.operator === "le" || term.operator === "lt") to = time;
    else throw unknownTerm(term, "eventTimestamp ge and le");
  }
  if (from !== null) return { from, to };
  throw new NightcapError(
    "InvalidParameter",
    "$filter must say from when: eventTimestamp ge '2026-11-21T00:00:00Z' expected",
  );
}

/** az sends times without a zone: they are UTC. */
function readTime(text: string): string {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes("T");
  const time = Date.parse(hasZone ? text.replace(" ", "+") : `${text}Z`);
  if (!Number.isNaN(time)) return isoTime(time);
  throw new NightcapError(
    "InvalidParameter",
    `eventTimestamp "${text.slice(0, 60)}" is not a time: ISO 8601 expected`,
  );
}

const fields: Readonly<Record<string, (event: ActivityEvent) => string>> = {
  resourcegroupname: (event) => event.resourceGroupName,
  resourceid: (event) => event.resourceId,
  resourceuri: (event) => event.resourceId,
  resourceprovider: (event) => event.resourceProviderName.value,
  resourcetype: (event) => event.resourceType.value,
  correlationid: (event) => event.correlationId,
  caller: (event) => event.caller,
  status: (event) => event.status.value,
  operationname: (event) => event.operationName.value,
  eventchannels: () => "Admin, Operation",
};

function matches(event: ActivityEvent, term: FilterTerm): boolean {
  const allowed = `eventTimestamp, ${Object.keys(fields).join(", ")}, each with eq`;
  if ("call" in term) throw unknownTerm(term, allowed);
  const { field, operator } = term;
  if (/^eventTimestamp$/i.test(field)) return true;
  const read = fields[field.toLowerCase()];
  if (!read || operator !== "eq") throw unknownTerm(term, allowed);
  return read(event).toLowerCase() === term.value.toLowerCase();
}

/** Only the fields that `$select` names; all of them without it. */
function readSelect(text: string | null): (event: ActivityEvent) => object {
  const names = (text ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  if (names.length === 0) return (event) => event;
  return (event) =>
    Object.fromEntries(
      Object.entries(event).filter(([name]) => names.includes(name.toLowerCase())),
    );
}
