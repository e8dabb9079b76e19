import { randomUUID } from "node:crypto";
import { type Clock, isoTime } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { requestUrl } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import type { Audit } from "../../provider/kernel/audit.ts";
import type { UserRecord } from "./user-store.ts";

const pathLengthMax = 2_048;

/** Leaves sign-ins in the audit. */
export interface SignInAudit {
  /** `user` null: nobody that is known; what was typed may be a password, so it is not kept. */
  record(
    request: Request,
    seen: { user: UserRecord | null; status: number; code: string | null; detail: string },
  ): Promise<void>;
}

export function createSignInAudit(options: {
  audit: Audit;
  addressOf(request: Request): string | null;
  scope: string;
  count(outcome: string): void;
  clock: Clock;
  log: Log;
}): SignInAudit {
  const { audit, scope, clock, log } = options;
  return {
    async record(request, { user, status, code, detail }) {
      const { pathname } = requestUrl(request);
      options.count(code ?? "succeeded");
      // Failures of each user are counted apart, because the path is theirs.
      const path = user && code !== null ? `/nightcap/v1/users/${user.name}` : pathname;
      const requestId = randomUUID();
      const entry = {
        who: user && code === null ? { id: user.id, name: user.name } : null,
        action: `Nightcap/session/${request.method === "DELETE" ? "delete" : "write"}`,
        scope,
        method: request.method,
        resourceId: path.slice(0, pathLengthMax),
        when: isoTime(clock.now()),
        from: options.addressOf(request),
        detail,
        outcome: { status, code },
        requestId,
      };
      await audit.record(entry).catch((error: unknown) => {
        log.error({ reason: describeError(error), requestId }, "sign-in is not in the audit");
        throw error;
      });
    },
  };
}
