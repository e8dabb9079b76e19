import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { Audit } from "../../provider/kernel/audit.ts";
import type { ServerContext } from "../context.ts";
import { type Attempts, createAttempts } from "./attempts.ts";
import { type CookieCallers, createCookieCallers } from "./cookie-callers.ts";
import { createLinks, type Links } from "./links.ts";
import type { PasswordCost } from "./password-hash.ts";
import { createPasswords, type Passwords } from "./passwords.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createSignInAudit, type SignInAudit } from "./sign-in-audit.ts";
import { countUsers } from "./user-store.ts";

/** What the ways in stand on. */
export interface SignIn {
  readonly context: ServerContext;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly audit: SignInAudit;
  readonly cookies: CookieCallers;
  addressOf(request: Request): string | null;
  /** Who asks with a token; throws for nobody. */
  tokenCaller(request: Request): Promise<Caller>;
}

export function createSignIn(
  context: ServerContext,
  parts: {
    audit: Audit;
    cookies: CookieCallers;
    sessions: Sessions;
    addressOf(request: Request): string | null;
    tokenCaller(request: Request): Promise<Caller>;
    passwordCost: PasswordCost | undefined;
  },
): SignIn {
  const { clock, log, metrics, subscription } = context;
  const { passwordCost: cost, audit, ...others } = parts;
  const hashes = metrics.counter(
    "nightcap_sign_in_password_hashes_total",
    "Hashes made to set or check a password of a user",
  );
  const outcomes = metrics.counter(
    "nightcap_sign_in_outcomes_total",
    "Sign-ins, sign-outs and changes of one's own password, by how they ended",
    ["outcome"],
  );
  const count = (outcome: string): void => outcomes.add(1, { outcome });
  return {
    ...others,
    context,
    links: createLinks(clock),
    passwords: createPasswords({ hashes, ...(cost ? { cost } : {}) }),
    attempts: createAttempts(clock, () => count("TooManyRequests")),
    audit: createSignInAudit({
      audit,
      addressOf: (request) => parts.addressOf(request),
      scope: subscription,
      count,
      clock,
      log,
    }),
  };
}

/** Sessions and the callers that they make: what identity asks before it looks for a token. */
export function createCookieIdentity({
  state,
  clock,
  installation,
}: Pick<ServerContext, "state" | "clock" | "installation">): {
  sessions: Sessions;
  cookies: CookieCallers;
} {
  const sessions = createSessions(state, clock);
  const { tenantId } = installation;
  return { sessions, cookies: createCookieCallers({ state, sessions, tenantId }) };
}

/** Where a link leads: the key is behind the #, so a browser sends it to no server and no log has it. */
export const welcomeUrl = (baseUrl: string, key: string): string => `${baseUrl}/ui/welcome#${key}`;

/** A link for whoever is to be the first user; null when there is one already. */
export async function makeFirstLink({ context, links }: SignIn): Promise<string | null> {
  const { state, baseUrl } = context;
  const made = await state.transact(async (inside) =>
    (await countUsers(inside)) > 0 ? null : links.make(inside, null),
  );
  return made && welcomeUrl(baseUrl, made.key);
}
