import type { ApiVersionRange } from "../../arm/api-version.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log.ts";
import type { State } from "../../state/state.ts";
import type { Permit } from "./permit.ts";

export type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE" | "HEAD";

/** Who a request comes from, once its token was checked. */
export interface Caller {
  /** Client id of the token. */
  id: string;
  name: string;
  /** True for Nightcap's own clients (the administrator of the first start, the responder). */
  isBuiltIn: boolean;
}

/** One line of the kernel's table. */
export interface Operation {
  method: Method;
  /**
   * Segments in any case; `{name}` takes one segment: `/subscriptions/{subscriptionId}`. A path that
   * begins with `/{+scope}` is below any subscription, group or resource, or the root.
   */
  path: string;
  /** As role definitions spell it: `Microsoft.Network/networkWatchers/read`. */
  action: string;
  apiVersions: ApiVersionRange;
  /**
   * Who may ask; whoever has `action` at the path's scope unless told. `members`: whoever has any role
   * at, above or below it, and `anyone`: every client; the handler then shows each what is theirs.
   */
  reach?: "members" | "anyone";
  handle(context: ArmContext): Promise<ArmAnswer>;
}

/** What an operation is given. */
export interface ArmContext {
  readonly caller: Caller;
  /** What the caller may see and do. */
  readonly permit: Permit;
  readonly method: Method;
  /** Of the operation, as role definitions spell it. */
  readonly action: string;
  /** The path as the client wrote it, double slashes collapsed: the resource's id. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  /** `https://host:port` that the client used, no slash at its end. */
  readonly baseUrl: string;
  /** The parsed body; undefined when there was none. */
  readonly body: unknown;
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
  readonly state: State;
  readonly clock: Clock;
  readonly log: Log;
  /** The value of `{name}` in the path template. */
  param(name: string): string;
}

export interface ArmAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}
