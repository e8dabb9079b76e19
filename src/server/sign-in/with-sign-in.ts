import type { HttpHandler } from "../../common/http.ts";
import { settleProviders } from "./oidc/admit.ts";
import { openProviderWays } from "./oidc/provider-ways.ts";
import { createSessionApi } from "./session-api.ts";
import type { SignIn } from "./sign-in.ts";

/** Signing in needs no role, so it comes before what asks for one. */
export async function withSignIn(signIn: SignIn, nightcap: HttpHandler): Promise<HttpHandler> {
  await settleProviders(signIn);
  const session = createSessionApi(signIn, await openProviderWays(signIn));
  return async (request) => (await session(request)) ?? nightcap(request);
}
