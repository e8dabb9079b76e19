import type { PipelinePolicy } from "./azure-sdk.ts";

/** Goes no further than the policy below. */
const header = "x-nightcap-look-back";

export interface LookBack {
  lookBackInSeconds: number;
  /** RFC 3339. */
  lookBackFrom: string;
}

/** How a call says what Azure's client has no field for, and would leave out. */
export const lookBackHeaders = (lookBack: LookBack | undefined): Record<string, string> =>
  lookBack === undefined ? {} : { [header]: JSON.stringify(lookBack) };

/** Puts it into the body's `properties`, where Nightcap's control plane takes it. */
export const lookBackPolicy: PipelinePolicy = {
  name: "nightcapLookBack",
  async sendRequest(request, next) {
    const wanted = request.headers.get(header);
    if (wanted === undefined) return next(request);
    request.headers.delete(header);
    if (typeof request.body === "string") request.body = withProperties(request.body, wanted);
    return next(request);
  },
};

function withProperties(body: string, wanted: string): string {
  const content = JSON.parse(body) as { properties?: object };
  const lookBack = JSON.parse(wanted) as LookBack;
  return JSON.stringify({ ...content, properties: { ...content.properties, ...lookBack } });
}
