import * as openid from "openid-client";
import type { Clock } from "../../../common/clock.ts";
import { NightcapError } from "../../../common/errors.ts";
import type { ProviderSettings } from "../settings.ts";
import { createProviderFetch } from "./provider-fetch.ts";

/** What the provider says of itself is asked for again after this; its keys every 5 minutes, by openid-client. */
const discoveryLifeMilliseconds = 3_600_000;
/** After it did not answer, nobody asks it again for so long. */
const discoveryRetryMilliseconds = 5_000;
/** Its clock and ours may differ by so much. */
const clockToleranceSeconds = 60;

/** What only this browser's sign-in knows, from its beginning to its end. */
export interface Challenge {
  state: string;
  nonce: string;
  verifier: string;
}

/** Whom the provider says that it is, and what it says of them; the signature was checked. */
export interface Identified {
  issuer: string;
  subject: string;
  claims: Readonly<Record<string, unknown>>;
}

/** One provider of the settings. */
export interface Provider {
  readonly settings: ProviderSettings;
  /** Where the browser is sent. */
  begin(redirectUri: string): Promise<{ url: URL; challenge: Challenge }>;
  /** Who came back with `url`; throws when the answer is not right. */
  finish(url: URL, challenge: Challenge): Promise<Identified>;
}

export function createProvider(options: {
  settings: ProviderSettings;
  secret: string | null;
  /** PEM, or null. */
  ca: string | null;
  clock: Clock;
}): Provider {
  const { settings } = options;
  const configuration = cachedDiscovery(options);
  return {
    settings,
    async begin(redirectUri) {
      const config = await configuration();
      const challenge = {
        state: openid.randomState(),
        nonce: openid.randomNonce(),
        verifier: openid.randomPKCECodeVerifier(),
      };
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.scopes.join(" "),
        state: challenge.state,
        nonce: challenge.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(challenge.verifier),
        code_challenge_method: "S256",
      });
      return { url, challenge };
    },
    async finish(url, { state, nonce, verifier }) {
      const config = await configuration();
      const tokens = await openid.authorizationCodeGrant(config, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw failed("it gave no id token");
      const more = await userInfo(config, settings, tokens);
      return { issuer: claims.iss, subject: claims.sub, claims: { ...more, ...claims } };
    },
  };
}

/** Some providers say groups and names only when asked with the access token (OpenID Connect Core, 5.3). */
async function userInfo(
  config: openid.Configuration,
  { usernameClaim, groupsClaim }: ProviderSettings,
  tokens: Awaited<ReturnType<typeof openid.authorizationCodeGrant>>,
): Promise<Record<string, unknown>> {
  const claims = tokens.claims();
  const isWhole = claims?.[usernameClaim] !== undefined && claims[groupsClaim] !== undefined;
  if (!claims || isWhole || config.serverMetadata().userinfo_endpoint === undefined) return {};
  return openid.fetchUserInfo(config, tokens.access_token, claims.sub);
}

interface DiscoveryOptions {
  settings: ProviderSettings;
  secret: string | null;
  ca: string | null;
  clock: Clock;
}

/** One question at a time, whoever asks for how many sign-ins. */
function cachedDiscovery(options: DiscoveryOptions): () => Promise<openid.Configuration> {
  const { clock } = options;
  let known: { config: Promise<openid.Configuration>; endsAt: number } | null = null;
  return () => {
    if (known && known.endsAt > clock.now()) return known.config;
    const asked = { config: discover(options), endsAt: clock.now() + discoveryLifeMilliseconds };
    known = asked;
    asked.config.catch(() => {
      asked.endsAt = clock.now() + discoveryRetryMilliseconds;
    });
    return asked.config;
  };
}

function discover({ settings, secret, ca }: DiscoveryOptions): Promise<openid.Configuration> {
  const issuer = new URL(settings.issuer);
  const isPlain = issuer.protocol === "http:";
  return openid.discovery(
    issuer,
    settings.clientId,
    { [openid.clockTolerance]: clockToleranceSeconds },
    secret === null ? openid.None() : secretAuth(secret),
    {
      [openid.customFetch]: createProviderFetch(ca),
      // Checks the signature although the token came over TLS: TLS may end before the provider does.
      execute: [
        openid.enableNonRepudiationChecks,
        ...(isPlain ? [openid.allowInsecureRequests] : []),
      ],
    },
  );
}

/** In the way that the provider takes; in the header where it does not say (OpenID Connect Discovery, 3). */
const secretAuth =
  (secret: string): openid.ClientAuth =>
  (server, client, body, headers) => {
    const ways = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const way = ways.includes("client_secret_basic")
      ? openid.ClientSecretBasic(secret)
      : openid.ClientSecretPost(secret);
    way(server, client, body, headers);
  };

const failed = (why: string): NightcapError =>
  new NightcapError("SignInProviderFailed", `the sign-in provider's answer is not right: ${why}`);
