import { z } from "zod";

const userNameLengthMax = 64;

/** No letters that look like others, and no GUID: where a name is expected, an id may stand too. */
export const userName = z
  .string()
  .min(1)
  .max(userNameLengthMax)
  .regex(/^[A-Za-z0-9][\w.@+-]*$/, "letters, digits and _.@+- expected")
  .refine((name) => !z.guid().safeParse(name).success, "a name that is no GUID expected");
