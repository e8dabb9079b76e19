import { z } from "zod";
import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { requestUrl } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf, noContent, time } from "../openapi/shapes.ts";
import { clientNotFound, type Clients, type ClientView, type NewSecret } from "./clients.ts";

const dayMilliseconds = 86_400_000;
/** As `az ad sp create-for-rbac` has it: one year. */
const secretDaysDefault = 365;
const secretDaysMax = 3_650;
const nameLengthMax = 120;
const pageSizeMax = 1_000;

const secretDays = z.int().min(1).max(secretDaysMax).default(secretDaysDefault);
const displayName = z
  .string()
  .min(1)
  .max(nameLengthMax)
  .regex(/^[\w.@()-]+(?: [\w.@()-]+)*$/, "letters, digits, spaces inside and _.@()- expected")
  .refine((name) => !z.guid().safeParse(name).success, "a name that is no GUID expected");
const createRequest = z.strictObject({ displayName, secretDays });
const rotateRequest = z.strictObject({ secretDays, removeEarlier: z.boolean().default(false) });

export interface ServicePrincipalOptions {
  clients: Clients;
  tenantId: string;
  clock: Clock;
  log: Log;
  /** Takes away what else belongs to a client before it is deleted; may refuse by throwing. */
  beforeDelete(clientId: string): Promise<void>;
}

const path = "/nightcap/servicePrincipals";
const noStore = { "cache-control": "no-store" };
const viewedPrincipal = z.object({
  appId: z.string(),
  id: z.string(),
  displayName: z.string(),
  servicePrincipalType: z.literal("Application"),
  isBuiltIn: z.boolean().describe("Nightcap's own, which is neither rotated nor deleted here"),
  createdDateTime: time,
  passwordCredentials: z.array(
    z.object({
      keyId: z.string(),
      hint: z.string().nullable().describe("The first three characters"),
      startDateTime: time,
      endDateTime: time.nullable(),
    }),
  ),
});
const newSecret = viewedPrincipal.extend({
  tenant: z.string(),
  keyId: z.string(),
  password: z.string().describe("In this answer and nowhere else"),
});

/** Who may ask for tokens. Microsoft Graph's names, in part. */
export function servicePrincipalRoutes(options: ServicePrincipalOptions): ApiRoute[] {
  const { log } = options;
  const inTurn = takeTurns();
  const done =
    (caller: Caller) =>
    (change: string, clientId: string): void =>
      log.info({ clientId, by: caller.id }, `service principal ${change}`);
  return [
    route(
      {
        method: "GET",
        path,
        summary: "Who may ask for tokens, 1,000 on a page",
        query: z.object({ $skipToken: z.string().optional() }),
        answers: {
          200: {
            description: "A page",
            json: listOf(viewedPrincipal).extend({ nextLink: z.string().optional() }),
          },
        },
      },
      ({ query, request }) => list(options, query.$skipToken ?? null, request),
    ),
    route(
      {
        method: "POST",
        path,
        summary: "Makes a service principal with a secret",
        errors: ["ResourceAlreadyExists", "Conflict"],
        body: createRequest,
        answers: { 201: { description: "Made, with its secret", json: newSecret } },
      },
      ({ body, caller }) => inTurn(() => create(options, body, done(caller))),
    ),
    route(
      {
        method: "GET",
        path: `${path}/{name}`,
        summary: "A service principal, by display name or application id",
        errors: ["ResourceNotFound"],
        answers: { 200: { description: "The principal", json: viewedPrincipal } },
      },
      async ({ params }) => ({ status: 200, body: view(await find(options, params.name)) }),
    ),
    route(
      {
        method: "POST",
        path: `${path}/{name}/rotate`,
        summary: "Gives it another secret",
        errors: ["ResourceNotFound", "Conflict"],
        body: rotateRequest,
        answers: { 200: { description: "With the new secret", json: newSecret } },
      },
      ({ params, body, caller }) =>
        rotate(options, { wanted: body, name: params.name, done: done(caller) }),
    ),
    route(
      {
        method: "DELETE",
        path: `${path}/{name}`,
        summary: "Removes it; its tokens are refused from then on",
        errors: ["ResourceNotFound", "Conflict"],
        answers: { 204: noContent },
      },
      ({ params, caller }) => remove(options, params.name, done(caller)),
    ),
    route(
      {
        method: "DELETE",
        path: `${path}/{name}/secrets/{keyId}`,
        summary: "Takes away one of its secrets",
        errors: ["ResourceNotFound", "Conflict"],
        answers: { 200: { description: "Without that secret", json: viewedPrincipal } },
      },
      async ({ params, caller }) => {
        const { clientId } = await findOwn(options, params.name);
        const client = await options.clients.removeSecret(clientId, params.keyId);
        done(caller)("secret removed", clientId);
        return { status: 200, body: view(client) };
      },
    ),
  ];
}

/** One creation after the other, so that of two with one name the second sees the first. */
function takeTurns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

type Done = (change: string, clientId: string) => void;

async function list({ clients }: ServicePrincipalOptions, after: string | null, request: Request) {
  const url = requestUrl(request);
  const found = await clients.list({
    limit: pageSizeMax + 1,
    ...(after === null ? {} : { after }),
  });
  const page = found.slice(0, pageSizeMax);
  const last = page.at(-1);
  const next = `${url.origin}${url.pathname}?$skipToken=${last?.clientId}`;
  const nextLink = found.length > page.length ? { nextLink: next } : {};
  return { status: 200, body: { value: page.map(view), ...nextLink } } as const;
}

async function create(
  options: ServicePrincipalOptions,
  wanted: z.output<typeof createRequest>,
  done: Done,
) {
  const { clients, clock } = options;
  const name = wanted.displayName;
  if (await clients.find(name)) {
    throw new NightcapError(
      "ResourceAlreadyExists",
      `there is a service principal "${name}" already; "rotate" gives it another secret`,
    );
  }
  const endsAt = clock.now() + wanted.secretDays * dayMilliseconds;
  const made = await clients.create({ name, isBuiltIn: false, endsAt });
  done("created", made.client.clientId);
  return { status: 201, body: viewSecret(options, made), headers: noStore } as const;
}

async function rotate(
  options: ServicePrincipalOptions,
  { wanted, name, done }: { wanted: z.output<typeof rotateRequest>; name: string; done: Done },
) {
  const { clientId } = await findOwn(options, name);
  const { removeEarlier, secretDays: days } = wanted;
  const endsAt = options.clock.now() + days * dayMilliseconds;
  const made = await options.clients.addSecret(clientId, { endsAt, removeEarlier });
  done("secret rotated", clientId);
  return { status: 200, body: viewSecret(options, made), headers: noStore } as const;
}

async function remove(options: ServicePrincipalOptions, name: string, done: Done) {
  const { clientId } = await findOwn(options, name);
  await options.beforeDelete(clientId);
  await options.clients.delete(clientId);
  done("deleted", clientId);
  return { status: 204 } as const;
}

async function find({ clients }: ServicePrincipalOptions, name: string): Promise<ClientView> {
  const found = await clients.find(name);
  if (found) return found;
  throw clientNotFound(name);
}

/** One that people made. Nightcap's own secrets lie in files that have to change with them. */
async function findOwn(options: ServicePrincipalOptions, name: string): Promise<ClientView> {
  const found = await find(options, name);
  if (!found.isBuiltIn) return found;
  throw new NightcapError(
    "Conflict",
    `"${found.name}" is Nightcap's own; to replace it, stop the control plane, remove the file with its secret from the state folder, and start it again`,
  );
}

/** As Microsoft Graph names these fields. The object's id is the application's: there is one tenant. */
const view = (client: ClientView): z.input<typeof viewedPrincipal> => ({
  appId: client.clientId,
  id: client.clientId,
  displayName: client.name,
  servicePrincipalType: "Application",
  isBuiltIn: client.isBuiltIn,
  createdDateTime: isoTime(client.createdAt),
  passwordCredentials: client.secrets.map(({ keyId, hint, createdAt, endsAt }) => ({
    keyId,
    hint,
    startDateTime: isoTime(createdAt),
    endDateTime: endsAt === null ? null : isoTime(endsAt),
  })),
});

const viewSecret = ({ tenantId }: ServicePrincipalOptions, made: NewSecret) => ({
  ...view(made.client),
  tenant: tenantId,
  keyId: made.keyId,
  password: made.secret,
});
