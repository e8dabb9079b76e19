import type { Credentials } from "../../src/cli/credentials.ts";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { openSigningKeys } from "../../src/server/identity/signing-keys.ts";
import { createTokenIssuer, tokenLifeSeconds } from "../../src/server/identity/token-issuer.ts";

/** Longer than a token's life with what clocks may differ. */
const ageMilliseconds = (tokenLifeSeconds + 600) * 1_000;

/** A token that the control plane, whose state is in `directory`, could have signed some time ago. */
export async function issueExpiredToken(
  directory: string,
  { endpoint, tenantId, clientId }: Pick<Credentials, "endpoint" | "tenantId" | "clientId">,
): Promise<string> {
  const clock = { ...systemClock, now: () => Date.now() - ageMilliseconds };
  const keys = await openSigningKeys({
    directory,
    clock,
    log: silentLog,
    tokenLifeMillisecondsMax: tokenLifeSeconds * 1_000,
  });
  const issuer = createTokenIssuer({ keys, clock, tenantId, baseUrl: () => endpoint });
  const { access_token: token } = await issuer.issue(
    new Request(endpoint),
    { id: clientId, name: "sdk", isBuiltIn: true },
    { audience: `${endpoint}/`, service: "management" },
  );
  return token;
}
