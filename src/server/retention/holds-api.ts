import { z } from "zod";
import { captureClass } from "../../common/capture-class.ts";
import { storedCaptures } from "../../provider/captures/stored-captures.ts";
import type { State } from "../../state/state.ts";
import { type ApiRoute, type Asking, route } from "../openapi/route.ts";
import { listOf, time } from "../openapi/shapes.ts";
import { findCaptures, nameOf } from "./find-captures.ts";
import type { RetentionGuard } from "./guard.ts";
import type { Holds } from "./holds.ts";

const reasonLengthMax = 1_000;

const reason = z
  .string()
  .trim()
  .min(1, "a reason is needed")
  .max(reasonLengthMax)
  .refine((text) => !/[\p{Cc}\p{Cf}]/u.test(text), "control characters are not allowed");
const holdRequest = z.strictObject({ reason });
const classRequest = z.strictObject({ class: captureClass });

export interface HoldsApiOptions {
  state: State;
  holds: Holds;
  guard: RetentionGuard;
  addressOf: (request: Request) => string | null;
  /** A hold or a class was changed: what may go is another. */
  onChanged: () => Promise<void>;
}

const holdsPath = "/nightcap/v1/holds";
const viewedHold = z.object({
  capture: z.string().nullable(),
  captureId: z.string().nullable(),
  sessionId: z.string(),
  class: z.string(),
  hold: z.object({ reason: z.string(), by: z.string(), time }).nullable(),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.int(), sha256: z.string() })),
  notHeld: z.string().nullable().describe("What the hold does not reach"),
});
const heldNow = { description: "What is held, or was", json: listOf(viewedHold) };
const classed = z.object({
  capture: z.string().nullable(),
  captureId: z.string().nullable(),
  sessionId: z.string(),
  class: captureClass,
});

/** Legal holds, and the class that says how long a capture is kept. A capture goes by name, id, session or blob's path. */
export const holdRoutes = (options: HoldsApiOptions): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: holdsPath,
      summary: "What is under legal hold",
      answers: { 200: heldNow },
    },
    async () => ({ status: 200, body: { value: await options.holds.list() } }),
  ),
  route(
    {
      method: "PUT",
      path: `${holdsPath}/{capture}`,
      summary: "Holds a capture: nothing deletes it until the hold is lifted",
      errors: ["InvalidParameter", "ResourceNotFound", "Conflict", "AccessLogFailed"],
      body: holdRequest,
      answers: { 200: heldNow },
    },
    (asked) => changeHold(options, asked, { reason: asked.body.reason, sets: true }),
  ),
  route(
    {
      method: "DELETE",
      path: `${holdsPath}/{capture}`,
      summary: "Lifts the hold",
      errors: ["InvalidParameter", "ResourceNotFound", "AccessLogFailed"],
      // Not every client sends the body of a DELETE.
      query: holdRequest,
      answers: { 200: heldNow },
    },
    (asked) => changeHold(options, asked, { reason: asked.query.reason, sets: false }),
  ),
  route(
    {
      method: "PUT",
      path: "/nightcap/v1/captures/{capture}/class",
      summary: "How long a capture is kept",
      errors: ["InvalidParameter", "ResourceNotFound"],
      body: classRequest,
      answers: { 200: { description: "As changed", json: listOf(classed) } },
    },
    (asked) => changeClass(options, asked, asked.body),
  ),
];

type Asked = Asking & { params: { readonly capture: string }; request: Request };

async function changeHold(
  { holds, addressOf, onChanged }: HoldsApiOptions,
  { params: { capture }, caller, note, request }: Asked,
  { reason: why, sets }: { reason: string; sets: boolean },
) {
  note(`${capture}: legal hold ${sets ? "set" : "cleared"}: ${why}`);
  const by = { caller, address: addressOf(request), reason: why };
  const value = await (sets ? holds.set(capture, by) : holds.clear(capture, by));
  await onChanged();
  return { status: 200, body: { value } } as const;
}

async function changeClass(
  { state, guard, onChanged }: HoldsApiOptions,
  { params: { capture: name }, note }: Asked,
  wanted: z.output<typeof classRequest>,
) {
  note(`${name}: class ${wanted.class}`);
  const value = [];
  for (const { key } of await findCaptures(state, name)) {
    const changed = await storedCaptures(state).update(key, (current) => ({
      ...current,
      class: wanted.class,
      classFrom: "set",
    }));
    if (!changed) continue;
    guard.note(changed);
    const { captureId } = changed;
    value.push({ capture: nameOf(captureId), captureId, sessionId: key, class: changed.class });
  }
  await onChanged();
  return { status: 200, body: { value } } as const;
}
