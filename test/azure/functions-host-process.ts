// A small stand-in for Azure's Functions host and its Node worker, as a process of its own:
// `node functions-host-process.ts APP KEY`. It loads the app that package.json names, gives it the
// module @azure/functions-core as the worker does, and serves its HTTP functions on the loopback, with
// the worker's own types on both sides of the call. Says its URL by IPC when it is ready.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import Module, { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";

/** The parts of the core API (azure-functions-nodejs-worker, types-core) that an HTTP app meets. */
interface Binding {
  type: string;
  direction: string;
  methods?: string[];
  authLevel?: string;
  route?: string;
}
interface Metadata {
  name: string;
  bindings: Record<string, Binding>;
}
interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], handler: unknown): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<{ returnValue: { http: RpcHttp } }>;
}
interface RpcHttp {
  statusCode: string;
  headers: Record<string, string>;
  body?: { bytes?: Uint8Array; string?: string };
}
interface ProgrammingModel {
  getInvocationModel(context: object): InvocationModel;
  getCapabilities(capabilities: object): Promise<object>;
}

const [appDirectory = "", functionKey = ""] = process.argv.slice(2);
const app = resolve(appDirectory);
const functions = new Map<string, { metadata: Metadata; callback: unknown }>();
let model: ProgrammingModel | undefined;

const coreApi = {
  version: "3.13.0",
  hostVersion: "4.1045.200",
  setProgrammingModel: (given: ProgrammingModel) => void (model = given),
  getProgrammingModel: () => model,
  registerFunction(metadata: Metadata, callback: unknown) {
    functions.set(metadata.name, { metadata, callback });
    return { dispose: () => functions.delete(metadata.name) };
  },
  registerHook: () => ({ dispose: () => {} }),
  log: (level: string, category: string, message: string) =>
    process.stderr.write(`${level} ${category} ${message}\n`),
};

// The worker overrides `require` for this one name (setupCoreModule.ts).
type Require = (this: unknown, id: string) => unknown;
const prototype = Module.prototype as unknown as { require: Require };
const plainRequire = prototype.require;
prototype.require = function requireOrCore(id) {
  return id === "@azure/functions-core" ? coreApi : plainRequire.call(this, id);
};

const readJson = (name: string) =>
  JSON.parse(readFileSync(join(app, name), "utf8")) as Record<string, unknown>;
const host = readJson("host.json") as {
  version: string;
  extensions: { http: { routePrefix: string } };
};
if (host.version !== "2.0") throw new Error(`host.json has version ${host.version}`);
createRequire(join(app, "package.json"))(join(app, String(readJson("package.json")["main"])));
if (!model) throw new Error("the app has set no programming model");
await model.getCapabilities({});

const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ ready: `http://127.0.0.1:${port}` });
});
process.on("disconnect", () => process.exit());

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { statusCode, headers, body } = await answer(incoming).catch((error: unknown): RpcHttp => {
    process.stderr.write(`${String(error)}\n`);
    return { statusCode: "500", headers: {} };
  });
  outgoing.writeHead(Number(statusCode), headers);
  outgoing.end(body?.bytes ?? body?.string ?? "");
}

async function answer(incoming: IncomingMessage): Promise<RpcHttp> {
  const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "localhost"}`);
  const body = await buffer(incoming);
  for (const { metadata, callback } of functions.values()) {
    const [name, trigger] =
      Object.entries(metadata.bindings).find(([, { type }]) => type === "httpTrigger") ?? [];
    if (name === undefined || trigger === undefined) continue;
    const route = `/${host.extensions.http.routePrefix}/${trigger.route ?? metadata.name}`;
    if (url.pathname.toLowerCase() !== route.toLowerCase()) continue;
    const methods = (trigger.methods ?? []).map((method) => method.toUpperCase());
    if (!methods.includes(incoming.method ?? "")) break;
    // The header wins over the query, and neither is looked at where anybody may call.
    const key = incoming.headers["x-functions-key"] ?? url.searchParams.get("code");
    if (trigger.authLevel !== "anonymous" && key !== functionKey) {
      return { statusCode: "401", headers: {} };
    }
    return invoke({ metadata, callback, name }, incoming, { url, body });
  }
  return { statusCode: "404", headers: {} };
}

async function invoke(
  { metadata, callback, name }: { metadata: Metadata; callback: unknown; name: string },
  { method, headers }: IncomingMessage,
  { url, body }: { url: URL; body: Buffer },
): Promise<RpcHttp> {
  const http = {
    method,
    url: url.href,
    headers: Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key, String(value)]),
    ),
    query: Object.fromEntries(url.searchParams),
    params: {},
    body: { bytes: new Uint8Array(body) },
  };
  const invocation = model?.getInvocationModel({
    invocationId: randomUUID(),
    metadata,
    request: { inputData: [{ name, data: { http } }], triggerMetadata: {} },
    log: coreApi.log,
    state: "invocation",
  });
  if (!invocation) throw new Error("no programming model");
  const { context, inputs } = await invocation.getArguments();
  const result = await invocation.invokeFunction(context, inputs, callback);
  return (await invocation.getResponse(context, result)).returnValue.http;
}
