import { readFile } from "node:fs/promises";
import { AuthorizationResponseError } from "openid-client";
import { describeError, NightcapError } from "../../../common/errors.ts";
import { requestUrl } from "../../../common/http.ts";
import { clientBaseUrl } from "../../routes.ts";
import { beginSession, cookieOf } from "../begin-session.ts";
import type { SignedIn } from "../cookie-callers.ts";
import type { ProviderWays } from "../session-api.ts";
import type { ProviderSettings } from "../settings.ts";
import type { SignIn } from "../sign-in.ts";
import { admit } from "./admit.ts";
import { createProvider, type Provider } from "./provider.ts";
import { createTransactions, type Transactions } from "./transaction.ts";

const path = "/nightcap/v1/session/oidc";
/** A provider is not asked again meanwhile whether somebody is still in their groups. */
const sessionLifeMilliseconds = 12 * 3_600_000;

/** Signing in at the providers of the settings: `/nightcap/v1/session/oidc/NAME` and `.../callback`. */
export async function openProviderWays(signIn: SignIn): Promise<ProviderWays> {
  const { settings, clock } = signIn.context;
  const providers: Provider[] = [];
  for (const each of settings.signIn.openIdConnect) {
    const secret = await readSecret(each.clientSecretFile);
    const ca = await readSecret(each.certificateAuthorityFile);
    providers.push(createProvider({ settings: each, secret, ca, clock }));
  }
  const transactions = createTransactions(clock);
  return {
    list: () =>
      providers.map(({ settings: { name } }) => ({ kind: "oidc", name, url: `${path}/${name}` })),
    async handle(request) {
      const { pathname } = requestUrl(request);
      if (request.method !== "GET" || !pathname.startsWith(`${path}/`)) return null;
      const [name, step, ...more] = pathname.slice(path.length + 1).split("/");
      const provider = providers.find(({ settings: each }) => each.name === name);
      if (!provider || more.length > 0) return null;
      if (step === undefined) return begin(signIn, { provider, transactions, request });
      return step === "callback" ? finish(signIn, { provider, transactions, request }) : null;
    },
  };
}

async function readSecret(file: string | null): Promise<string | null> {
  if (file === null) return null;
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new NightcapError("SettingsInvalid", `signIn.openIdConnect: cannot read ${file}`, {
      cause,
    });
  });
  return text.trim();
}

interface Visit {
  provider: Provider;
  transactions: Transactions;
  request: Request;
}

async function begin(signIn: SignIn, visit: Visit): Promise<Response> {
  const { provider, transactions, request } = visit;
  const { name } = provider.settings;
  try {
    const { url, challenge } = await provider.begin(callbackOf(request, provider.settings));
    const to = pageIn(requestUrl(request).searchParams.get("to"));
    const cookie = transactions.write({ provider: name, ...challenge, to });
    return redirect(url.href, [cookie]);
  } catch (error) {
    signIn.context.log.warn(
      { provider: name, reason: describeError(error) },
      "no sign-in provider",
    );
    return refuse("SignInProviderFailed", transactions);
  }
}

async function finish(signIn: SignIn, visit: Visit): Promise<Response> {
  const { transactions, request, provider } = visit;
  const { log, clock } = signIn.context;
  try {
    const { signedIn, to } = await enter(signIn, visit);
    const { user } = signedIn;
    const detail = `at ${provider.settings.name}`;
    await signIn.audit.record(request, { user, status: 200, code: null, detail });
    return redirect(to, [cookieOf(clock.now(), signedIn), transactions.cleared]);
  } catch (error) {
    const code = codeOf(error);
    const { name } = provider.settings;
    log.warn({ provider: name, code, reason: describeError(error) }, "sign-in refused");
    const detail = `at ${name}: ${code}`;
    await signIn.audit.record(request, { user: null, status: 401, code, detail });
    return refuse(code, transactions);
  }
}

/** Lets in whom the provider sent back to the browser that began. */
async function enter(
  signIn: SignIn,
  { provider, transactions, request }: Visit,
): Promise<{ signedIn: SignedIn; to: string }> {
  const forgive = signIn.attempts.begin({ user: null, address: signIn.addressOf(request) });
  const begun = transactions.read(request.headers);
  if (begun?.provider !== provider.settings.name) {
    throw new NightcapError("InvalidSignIn", "this browser began no sign-in here, or too long ago");
  }
  const back = new URL(callbackOf(request, provider.settings));
  back.search = requestUrl(request).search;
  const identified = await provider.finish(back, begun);
  const signedIn = await signIn.context.state.transact(async (inside) => {
    const found = await admit(signIn, inside, { settings: provider.settings, identified });
    if ("refusal" in found) return found;
    const lifeMilliseconds = sessionLifeMilliseconds;
    const { user } = found;
    return beginSession(signIn, inside, { request, user, way: "provider", lifeMilliseconds });
  });
  if ("refusal" in signedIn) throw new NightcapError("InvalidSignIn", signedIn.refusal);
  forgive();
  return { signedIn, to: begun.to };
}

/** As it is registered at the provider: at the address by which the browser came. */
const callbackOf = (request: Request, { name }: ProviderSettings): string =>
  `${clientBaseUrl(request)}${path}/${name}/callback`;

/** A page of ours to go on with; anything else, and other hosts above all, is the first page. */
const pageIn = (to: string | null): string =>
  to !== null && to.length <= 512 && /^\/ui\/[\w/.~%?=&-]*$/.test(to) ? to : "/ui/";

type Refusal = "InvalidSignIn" | "SignInProviderFailed" | "TooManyRequests";

function codeOf(error: unknown): Refusal {
  if (error instanceof AuthorizationResponseError) return "InvalidSignIn";
  const code = error instanceof NightcapError ? error.code : null;
  return code === "InvalidSignIn" || code === "TooManyRequests" ? code : "SignInProviderFailed";
}

/** A person is looking: the page says it in their language. */
const refuse = (code: Refusal, { cleared }: Transactions): Response =>
  redirect(`/ui/?signInProblem=${code}`, [cleared]);

function redirect(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({
    location,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 302, headers });
}
