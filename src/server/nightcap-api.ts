import type { Caller } from "../provider/kernel/arm-request.ts";
import type { Guard } from "./nightcap-access.ts";
import type { ApiRoute } from "./openapi/route.ts";
import { createRouter, inOrder, noSuchRoute } from "./openapi/router.ts";

export interface NightcapApiOptions {
  /** All that is below `/nightcap/`, also what other parts answer. */
  routes: readonly ApiRoute[];
  /** Lets only those in whose roles have the request's action. */
  guard: Guard;
}

/** What Azure has no words for, below `/nightcap/`, for whoever may ask it. */
export function createNightcapApi({
  routes,
  guard,
}: NightcapApiOptions): (request: Request) => Promise<Response> {
  const router = createRouter(inOrder(routes));
  const answer = async (request: Request, caller: Caller, note: (detail: string) => void) => {
    const answered = await router(request, { caller, note });
    if (answered) return answered;
    throw noSuchRoute(routes, request);
  };
  return (request) => guard(request, (caller, note) => answer(request, caller, note));
}
