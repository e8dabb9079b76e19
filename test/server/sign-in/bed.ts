// A whole control plane in this process, and browsers that ask it over HTTPS and keep its cookies.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Clock, systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { startControlPlane } from "../../../src/server/control-plane.ts";
import { serverSettings } from "../../../src/server/settings.ts";
import type { PasswordCost } from "../../../src/server/sign-in/password-hash.ts";
import { freePort } from "../../e2e/free-port.ts";

export const password = "correct horse battery";
/** A hundredth of the real cost, which one test looks at. */
const cheapCost: PasswordCost = { N: 1_024, r: 8, p: 1 };

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // Answers are looked at field by field in tests.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface Asking {
  body?: unknown;
  headers?: Record<string, string>;
}

interface FileCredentials {
  tenantId: string;
  subscriptionId: string;
  clientId: string;
  clientSecret: string;
}

/** A token of the client that is in `credentials.json`. */
export async function askToken(
  url: string,
  agent: Agent,
  { clientId, clientSecret, tenantId }: Omit<FileCredentials, "subscriptionId">,
): Promise<string> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope: `${url}/.default`,
  });
  const answer = await send(new URL(`/${tenantId}/oauth2/v2.0/token`, url), {
    method: "POST",
    agent,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  return answer.body.access_token as string;
}

export type SignInBed = Awaited<ReturnType<typeof openSignInBed>>;

/** A clock that the test moves. */
export function movedClock(): Clock & { advance(milliseconds: number): void } {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
    advance: (milliseconds) => void (offset += milliseconds),
  };
}

export async function openSignInBed(more: Record<string, unknown> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-sign-in-"));
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const clock = movedClock();
  const start = (passwordCost: PasswordCost, changed: Record<string, unknown> = {}) =>
    startControlPlane({
      settings: serverSettings.parse({ directory, port, ...more, ...changed }),
      clock,
      log: silentLog,
      passwordCost,
    });
  let plane = await start(cheapCost);
  const ca = await readFile(join(directory, "pki/ca.pem"), "utf8");
  const agent = new Agent({ ca, keepAlive: true });
  const credentials = JSON.parse(
    await readFile(join(directory, "credentials.json"), "utf8"),
  ) as FileCredentials;
  const ask = (method: string, path: string, { body, headers = {} }: Asking = {}) =>
    send(new URL(path, url), {
      method,
      agent,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const takeToken = () => askToken(url, agent, credentials);
  let token = await takeToken();
  /** As the administrator of `credentials.json`. */
  const asOwner = (method: string, path: string, asking: Asking = {}) =>
    ask(method, path, {
      ...asking,
      headers: { authorization: `Bearer ${token}`, ...asking.headers },
    });
  const assign = (principalId: string, roleName: string, scope?: string) =>
    assignRole(asOwner, {
      principalId,
      roleName,
      subscriptionId: credentials.subscriptionId,
      scope,
    });
  return {
    url,
    directory,
    clock,
    agent,
    subscription: `/subscriptions/${credentials.subscriptionId}`,
    ask,
    asOwner,
    assign,
    browser: () => openBrowser(url, ask),
    firstLink: () => plane.makeFirstLink(),
    /** A user with the password of this page and a role, if any, at the subscription. */
    async addUser(name: string, roleName: string | null): Promise<string> {
      const made = await asOwner("POST", "/nightcap/v1/users", { body: { name, password } });
      if (made.status !== 201) throw new Error(made.text);
      if (roleName !== null) await assign(made.body.id, roleName);
      return made.body.id as string;
    },
    async hashCount(): Promise<number> {
      const { text } = await ask("GET", "/metrics");
      return Number(/^nightcap_sign_in_password_hashes_total (\d+)$/m.exec(text)?.[1] ?? 0);
    },
    async audit(): Promise<Record<string, unknown>[]> {
      return (await asOwner("GET", "/nightcap/audit")).body.value as Record<string, unknown>[];
    },
    /** With what is changed in the settings for this run. */
    async restart(
      changed: Record<string, unknown> = {},
      passwordCost: PasswordCost = cheapCost,
    ): Promise<void> {
      await plane.close();
      plane = await start(passwordCost, changed);
    },
    /** After the clock was moved past an hour. */
    async renewToken(): Promise<void> {
      token = await takeToken();
    },
    async close(): Promise<void> {
      agent.destroy();
      await plane.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const roleIds: Readonly<Record<string, string>> = {
  Owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  Contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  Reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
};

async function assignRole(
  asOwner: (method: string, path: string, asking: Asking) => Promise<Answer>,
  grant: {
    principalId: string;
    roleName: string;
    subscriptionId: string;
    scope: string | undefined;
  },
): Promise<Answer> {
  const subscription = `/subscriptions/${grant.subscriptionId}`;
  const roleId = roleIds[grant.roleName] ?? "";
  const base = `${grant.scope ?? subscription}/providers/Microsoft.Authorization`;
  const path = `${base}/roleAssignments/${crypto.randomUUID()}?api-version=2022-04-01`;
  const answer = await asOwner("PUT", path, {
    body: {
      properties: {
        principalId: grant.principalId,
        principalType: "User",
        roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
      },
    },
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer;
}

export type Browser = ReturnType<typeof openBrowser>;

/** Keeps cookies and the CSRF token, and says where a request comes from, as browsers do. */
function openBrowser(
  url: string,
  ask: (method: string, path: string, asking?: Asking) => Promise<Answer>,
) {
  const cookies = new Map<string, string>();
  let csrf: string | null = null;
  const browser = {
    cookies,
    get csrf() {
      return csrf;
    },
    cookieHeader: () => Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; "),
    async ask(method: string, path: string, { body, headers = {} }: Asking = {}): Promise<Answer> {
      const isRead = method === "GET" || method === "HEAD";
      const answer = await ask(method, path, {
        body,
        headers: {
          ...(cookies.size === 0 ? {} : { cookie: browser.cookieHeader() }),
          "sec-fetch-site": "same-origin",
          ...(isRead ? {} : { origin: url, ...(csrf === null ? {} : { "x-nightcap-csrf": csrf }) }),
          ...headers,
        },
      });
      for (const line of answer.headers["set-cookie"] ?? []) keepCookie(cookies, line);
      if (typeof answer.body?.csrf === "string") csrf = answer.body.csrf as string;
      return answer;
    },
    signIn: (user: string, word: string = password) =>
      browser.ask("POST", "/nightcap/v1/session", { body: { user, password: word } }),
    session: () => browser.ask("GET", "/nightcap/v1/session"),
  };
  return browser;
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split("; ");
  const [name = "", value = ""] = pair.split("=");
  if (attributes.includes("Max-Age=0")) cookies.delete(name);
  else cookies.set(name, value);
}

async function send(
  url: URL,
  options: {
    method: string;
    agent: Agent;
    headers: Record<string, string>;
    body: string | undefined;
  },
): Promise<Answer> {
  const { body, ...rest } = options;
  const request = httpsRequest(url, rest);
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const text = (await buffer(response)).toString("utf8");
  const { statusCode: status = 0, headers } = response;
  return { status, headers, text, body: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
