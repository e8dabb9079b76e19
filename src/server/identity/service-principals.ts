import { z } from "zod";
import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
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

/** Answers below `/nightcap/servicePrincipals` for a caller that may; null for a path it does not have. */
export type ServicePrincipalApi = (request: Request, caller: Caller) => Promise<Response | null>;

export function createServicePrincipalApi(options: ServicePrincipalOptions): ServicePrincipalApi {
  const { log } = options;
  let last: Promise<unknown> = Promise.resolve();
  /** One creation after the other, so that of two with one name the second sees the first. */
  const inTurn = (work: () => Promise<Response>): Promise<Response> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  return async (request, caller) => {
    const parts = requestUrl(request).pathname.split("/").slice(3).map(decodeName);
    const [name, action, keyId] = parts;
    const route = [request.method, ...parts.map((part, at) => (at === 1 ? part : "{}"))].join(" ");
    const done = (change: string, clientId: string): void =>
      log.info({ clientId, by: caller.id }, `service principal ${change}`);
    if (route === "GET") return list(options, request);
    if (route === "POST") return inTurn(() => create(options, request, done));
    if (name === undefined) return null;
    if (route === "GET {}") return jsonResponse(200, view(await find(options, name)));
    if (route === "POST {} rotate") return rotate(options, { request, name, done });
    if (route === "DELETE {}") return remove(options, name, done);
    if (route !== "DELETE {} secrets {}" || action === undefined || keyId === undefined)
      return null;
    const { clientId } = await findOwn(options, name);
    const client = await options.clients.removeSecret(clientId, keyId);
    done("secret removed", clientId);
    return jsonResponse(200, view(client));
  };
}

type Done = (change: string, clientId: string) => void;

async function list({ clients }: ServicePrincipalOptions, request: Request): Promise<Response> {
  const url = requestUrl(request);
  const after = url.searchParams.get("$skipToken");
  const found = await clients.list({
    limit: pageSizeMax + 1,
    ...(after === null ? {} : { after }),
  });
  const page = found.slice(0, pageSizeMax);
  const last = page.at(-1);
  const next = `${url.origin}${url.pathname}?$skipToken=${last?.clientId}`;
  const nextLink = found.length > page.length ? { nextLink: next } : {};
  return jsonResponse(200, { value: page.map(view), ...nextLink });
}

async function create(
  options: ServicePrincipalOptions,
  request: Request,
  done: Done,
): Promise<Response> {
  const { clients, clock } = options;
  const wanted = parseContent(createRequest, await readJson(request));
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
  return jsonResponse(201, viewSecret(options, made), { "cache-control": "no-store" });
}

async function rotate(
  options: ServicePrincipalOptions,
  { request, name, done }: { request: Request; name: string; done: Done },
): Promise<Response> {
  const { clientId } = await findOwn(options, name);
  const { removeEarlier, ...wanted } = parseContent(rotateRequest, await readJson(request));
  const endsAt = options.clock.now() + wanted.secretDays * dayMilliseconds;
  const made = await options.clients.addSecret(clientId, { endsAt, removeEarlier });
  done("secret rotated", clientId);
  return jsonResponse(200, viewSecret(options, made), { "cache-control": "no-store" });
}

async function remove(
  options: ServicePrincipalOptions,
  name: string,
  done: Done,
): Promise<Response> {
  const { clientId } = await findOwn(options, name);
  await options.beforeDelete(clientId);
  await options.clients.delete(clientId);
  done("deleted", clientId);
  return new Response(null, { status: 204 });
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
const view = (client: ClientView) => ({
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

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new NightcapError("InvalidRequest", `path part "${text}" is malformed`, { cause });
  }
}
