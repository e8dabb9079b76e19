import { z } from "zod";
import { parseAddress } from "../../arm/address-range.ts";
import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { Expectation } from "../../incident/expectation.ts";
import type { State } from "../../state/state.ts";
import { type ApiRoute, type Asking, route } from "../openapi/route.ts";
import { listOf, noContent, time } from "../openapi/shapes.ts";
import { addExpectation, readExpectations, removeExpectation } from "./expectation-store.ts";

const path = "/nightcap/v1/expectations";
const dayMilliseconds = 86_400_000;
const daysDefault = 30;
const daysMax = 365;
const textLengthMax = 500;

/** One line, as people and programs write names and reasons. */
const line = z
  .string()
  .trim()
  .min(1)
  .max(textLengthMax)
  .refine((text) => !/[\p{Cc}\p{Cf}]/u.test(text), "control characters are not allowed");

const expectationRequest = z
  .strictObject({
    rule: line.nullable().default(null).describe("Name of the rule; null: any"),
    host: line.nullable().default(null).describe("Name or resource id of the host; null: any"),
    destination: line.nullable().default(null).describe("Address that the answer blames"),
    port: z
      .string()
      .regex(/^\d{1,5}\/(?:tcp|udp)$/, "a port and its protocol, as 443/tcp")
      .nullable()
      .default(null),
    process: line.nullable().default(null).describe("Name of the process that it blames"),
    reason: line,
    days: z.int().min(1).max(daysMax).default(daysDefault),
  })
  .refine(({ rule, host }) => rule !== null || host !== null, "a rule or a host is needed")
  .refine(
    ({ destination, port, process }) => (destination ?? port ?? process) !== null,
    "a destination, a port or a process is needed: what is expected, and not only where",
  );

const viewed = z.object({
  id: z.string(),
  rule: z.string().nullable(),
  host: z.string().nullable().describe("Resource id"),
  destination: z.string().nullable(),
  port: z.string().nullable(),
  process: z.string().nullable(),
  reason: z.string(),
  createdBy: z.string(),
  createdTime: time,
  expiresTime: time,
});

export interface ExpectationsOptions {
  state: State;
  clock: Clock;
  resourceIdOf: (name: string) => string;
}

/** What people say they expect: incidents that the packets show to be just that wake nobody. */
export const expectationRoutes = (options: ExpectationsOptions): ApiRoute[] => [
  route(
    {
      method: "GET",
      path,
      summary: "What is expected, the newest first",
      answers: { 200: { description: "Those that have not expired", json: listOf(viewed) } },
    },
    async () => {
      const all = await readExpectations(options.state, options.clock);
      const newest = all.toSorted((a, b) => b.createdAt - a.createdAt);
      return { status: 200, body: { value: newest.map(view) } };
    },
  ),
  route(
    {
      method: "POST",
      path,
      summary: "Alerts of a rule on a host are expected as long as the packets show this",
      errors: ["InvalidParameter", "Conflict"],
      body: expectationRequest,
      answers: { 201: { description: "As it is kept", json: viewed } },
    },
    async ({ body, caller, note }) => ({
      status: 201,
      body: view(await add(options, body, { caller, note })),
    }),
  ),
  route(
    {
      method: "DELETE",
      path: `${path}/{id}`,
      summary: "It is not expected any more",
      errors: ["ResourceNotFound"],
      answers: { 204: noContent },
    },
    async ({ params: { id }, note }) => {
      note(describe(await removeExpectation(options.state, id)));
      return { status: 204 };
    },
  ),
];

function add(
  { state, clock, resourceIdOf }: ExpectationsOptions,
  wanted: z.output<typeof expectationRequest>,
  { caller, note }: Asking,
): Promise<Expectation> {
  const { rule, host, destination, port, process, reason, days } = wanted;
  const now = clock.now();
  const made = {
    rule,
    host: host === null || host.startsWith("/") ? host : resourceIdOf(host),
    culprit: { destination: addressOf(destination), port, process },
    reason,
    createdBy: { id: caller.id, name: caller.name },
    createdAt: now,
    expiresAt: now + days * dayMilliseconds,
  };
  note(describe(made));
  return addExpectation(state, made);
}

/** In the one way that answers write it. */
function addressOf(text: string | null): string | null {
  if (text === null) return null;
  const family = parseAddress(text)?.family;
  if (family === "ip") return text;
  // RFC 5952, as browsers and answers write it.
  if (family === "ip6") return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  throw new NightcapError("InvalidParameter", `"${text.slice(0, 80)}" is not an IP address`);
}

/** For the audit. */
const describe = ({ rule, host, culprit, reason }: Omit<Expectation, "expectationId">): string =>
  [
    `rule ${rule ?? "any"}, host ${host ?? "any"}`,
    ...Object.entries(culprit).flatMap(([name, value]) =>
      value === null ? [] : `${name} ${value}`,
    ),
    `reason: ${reason}`,
  ].join(", ");

const view = ({ expectationId, culprit, createdBy, ...rest }: Expectation) => ({
  id: expectationId,
  rule: rest.rule,
  host: rest.host,
  ...culprit,
  reason: rest.reason,
  createdBy: createdBy.name,
  createdTime: isoTime(rest.createdAt),
  expiresTime: isoTime(rest.expiresAt),
});
