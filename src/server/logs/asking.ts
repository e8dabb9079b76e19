import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import type { MetricCounter } from "../../common/metrics.ts";
import type { Places } from "../../flowstore/embedded/places.ts";
import type { LogQueries } from "../../logs/log-queries.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { Audit } from "../../provider/kernel/audit.ts";
import type { RateLimit } from "../../provider/kernel/rate-limit.ts";
import type { State } from "../../state/state.ts";
import type { Outcome } from "./outcome.ts";
import type { Identity } from "../identity/identity.ts";

/** What the logs API stands on. */
export interface LogsApiParts {
  readonly identity: Pick<Identity, "authenticate">;
  readonly state: State;
  readonly queries: LogQueries;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Log;
  /** `/subscriptions/{id}` of this installation. */
  readonly subscription: string;
  /** Questions by how they ended. */
  readonly counter?: MetricCounter;
  readonly rateLimit?: RateLimit;
}

/** What one request carries from the door to the answer. */
export interface Asking {
  readonly parts: LogsApiParts;
  /** Questions of clients that run at once. */
  readonly places: Places;
  readonly caller: Caller;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Leaves a question that was refused in the audit. */
  noteRefusal(outcome: Outcome): Promise<void>;
}
