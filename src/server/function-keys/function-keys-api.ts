import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import { actionGroupType } from "../../provider/insights/rules-and-groups.ts";
import type { State } from "../../state/state.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { time } from "../openapi/shapes.ts";
import type { FunctionKeys } from "./function-keys.ts";

const path = "/nightcap/v1/function-keys";
/** For how long the key before may go on: time to give senders the next one. */
const earlierSecondsMax = 604_800;
/** Action groups that are looked at. */
const groupCountMax = 1_000;

const view = z.object({
  url: z.string().describe("Where alerts are sent, without a key"),
  madeTime: time.nullable().describe("`null`: it is the first one"),
  earlierUntilTime: time.nullable().describe("Until when the key before is let in"),
  holders: z
    .array(
      z.object({
        actionGroup: z.string(),
        actionGroupId: z.string(),
        receiver: z.string(),
        key: z.enum(["current", "earlier", "none"]).describe("`none`: no key that is let in"),
      }),
    )
    .describe("Receivers of action groups that call the responder here"),
});
const rotateRequest = z.strictObject({
  earlierSeconds: z.int().min(0).max(earlierSecondsMax).default(0),
});
const rotated = z.object({
  key: z.string().describe("Shown now and never again"),
  earlierUntilTime: time.nullable(),
});

export interface FunctionKeysApiOptions {
  state: Pick<State, "resources">;
  subscription: string;
  keys: FunctionKeys;
  /** The responder's address, without a key. */
  url: string;
  onRotated: () => Promise<void>;
}

/** The key with which alerts come in: who has it, and the next one. */
export const functionKeyRoutes = (options: FunctionKeysApiOptions): ApiRoute[] => [
  route(
    {
      method: "GET",
      path,
      summary: "The responder's function key: since when, and which action groups have it",
      answers: { 200: { description: "Never the key itself", json: view } },
    },
    async () => ({ status: 200, body: await viewKeys(options) }),
  ),
  route(
    {
      method: "POST",
      path: `${path}/rotate`,
      summary: "Makes the next function key; whoever has an earlier one needs this one",
      body: rotateRequest,
      answers: { 200: { description: "The key", json: rotated } },
    },
    async ({ body: { earlierSeconds }, note }) => {
      const { keys, onRotated } = options;
      note(`the responder's function key; the one before goes on for ${earlierSeconds} s`);
      const key = await keys.rotate(earlierSeconds * 1_000);
      await onRotated();
      return { status: 200, body: { key, earlierUntilTime: untilOf(keys) } };
    },
  ),
];

const untilOf = (keys: FunctionKeys): string | null => {
  const earlier = keys.earlier();
  return earlier && isoTime(earlier.until);
};

async function viewKeys(options: FunctionKeysApiOptions): Promise<z.input<typeof view>> {
  const { state, subscription, keys, url } = options;
  const groups = await state.resources.list({
    scope: subscription,
    type: actionGroupType,
    limit: groupCountMax,
  });
  const madeAt = keys.madeAt();
  return {
    url,
    madeTime: madeAt === null ? null : isoTime(madeAt),
    earlierUntilTime: untilOf(keys),
    holders: groups.flatMap(({ id, body }) =>
      receiversOf(body).flatMap(({ name, address }) => {
        const key = keyOf(address, options);
        const actionGroup = id.slice(id.lastIndexOf("/") + 1);
        return key === null ? [] : [{ actionGroup, actionGroupId: id, receiver: name, key }];
      }),
    ),
  };
}

const receiver = z.looseObject({
  name: z.string().default(""),
  serviceUri: z.string().optional(),
  httpTriggerUrl: z.string().optional(),
  callbackUrl: z.string().optional(),
});
const groupBody = z.object({ properties: z.record(z.string(), z.unknown()) });

/** Of every kind of receiver that has an address. */
function receiversOf(body: unknown): { name: string; address: string }[] {
  const { properties = {} } = groupBody.safeParse(body).data ?? {};
  return Object.values(properties).flatMap((list) => {
    const receivers = z.array(receiver).safeParse(list).data ?? [];
    return receivers.flatMap(({ name, serviceUri, httpTriggerUrl, callbackUrl }) => {
      const address = serviceUri ?? httpTriggerUrl ?? callbackUrl;
      return address === undefined ? [] : [{ name, address }];
    });
  });
}

/** Which key an address carries; null where it is not the responder's. */
function keyOf(
  address: string,
  { keys, url }: FunctionKeysApiOptions,
): "current" | "earlier" | "none" | null {
  if (!URL.canParse(address)) return null;
  const { origin, pathname, searchParams } = new URL(address);
  const own = new URL(url);
  if (origin !== own.origin || !pathname.toLowerCase().startsWith(own.pathname)) return null;
  const code = searchParams.get("code");
  if (code === keys.current()) return "current";
  return code !== null && code === keys.earlier()?.key ? "earlier" : "none";
}
