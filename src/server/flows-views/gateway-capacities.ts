import { z } from "zod";
import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { type ApiRoute, type Asking, route } from "../openapi/route.ts";
import { listOf, noContent, time } from "../openapi/shapes.ts";

const path = "/nightcap/v1/gateway-capacities";
/** More connections than people know the size of. */
const capacityCountMax = 500;
const nameLengthMax = 260;
/** Ten terabits. */
const megabitsMax = 10_000_000;

/** What people say that a gateway's connection carries. */
interface GatewayCapacity {
  connection: string;
  megabitsPerSecond: number;
  setBy: { id: string; name: string };
  setAt: number;
}

const capacityRequest = z.strictObject({
  megabitsPerSecond: z.int().min(1).max(megabitsMax),
});
const viewed = z.object({
  connection: z.string().describe("As ConnectionName has it"),
  megabitsPerSecond: z.int(),
  setBy: z.string(),
  setTime: time,
});

const table = (state: State) => state.documents<GatewayCapacity>("gatewayCapacities");

/** What gateways' connections carry, which flows do not say: against it their use is a share. */
export const gatewayCapacityRoutes = (options: { state: State; clock: Clock }): ApiRoute[] => [
  route(
    {
      method: "GET",
      path,
      summary: "What people said that gateways' connections carry",
      answers: { 200: { description: "All of them, by name", json: listOf(viewed) } },
    },
    async () => {
      const all = await table(options.state).list({ limit: capacityCountMax });
      const value = all.map(({ body }) => view(body));
      value.sort((a, b) => a.connection.localeCompare(b.connection));
      return { status: 200, body: { value } };
    },
  ),
  route(
    {
      method: "PUT",
      path: `${path}/{connection}`,
      summary: "Says what a connection carries, for everybody",
      errors: ["Conflict"],
      body: capacityRequest,
      answers: { 200: { description: "As it is kept", json: viewed } },
    },
    async ({ params, body, ...asking }) => ({
      status: 200,
      body: view(await put(options, readName(params.connection), { ...body, ...asking })),
    }),
  ),
  route(
    {
      method: "DELETE",
      path: `${path}/{connection}`,
      summary: "Nobody says what it carries any more",
      errors: ["ResourceNotFound"],
      answers: { 204: noContent },
    },
    async ({ params, note }) => {
      const connection = readName(params.connection);
      note(connection);
      if (await table(options.state).delete(keyOf(connection))) return { status: 204 };
      throw new NightcapError("ResourceNotFound", `nobody said what "${connection}" carries`);
    },
  ),
];

/** Azure's names ignore case. */
const keyOf = (connection: string): string => connection.toLowerCase();

function readName(connection: string): string {
  if (connection.length <= nameLengthMax && !/[\p{Cc}\p{Cf}]/u.test(connection)) return connection;
  const what = `over ${nameLengthMax} characters, or no plain text`;
  throw new NightcapError("InvalidParameter", `parameter "connection" is ${what}`);
}

function put(
  { state, clock }: { state: State; clock: Clock },
  connection: string,
  { megabitsPerSecond, caller, note }: Asking & { megabitsPerSecond: number },
): Promise<GatewayCapacity> {
  note(`${connection}: ${megabitsPerSecond} Mbit/s`);
  const setBy = { id: caller.id, name: caller.name };
  const capacity = { connection, megabitsPerSecond, setBy, setAt: clock.now() };
  return state.transact(async (inside) => {
    const key = keyOf(connection);
    const isNew = (await table(inside).get(key)) === null;
    if (isNew && (await table(inside).count()) >= capacityCountMax) {
      const message = `there are ${capacityCountMax} capacities: remove some first`;
      throw new NightcapError("Conflict", message);
    }
    await table(inside).put(key, capacity);
    return capacity;
  });
}

const view = ({ setBy, setAt, ...capacity }: GatewayCapacity): z.input<typeof viewed> => ({
  ...capacity,
  setBy: setBy.name,
  setTime: isoTime(setAt),
});
