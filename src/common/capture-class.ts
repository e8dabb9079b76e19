import { z } from "zod";

/** How long a capture is kept goes by its class: evidence is of alerts and incidents, bulk is everything else. */
export const captureClass = z.enum(["evidence", "bulk"]);
export type CaptureClass = z.infer<typeof captureClass>;
