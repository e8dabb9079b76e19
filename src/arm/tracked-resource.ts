import { z } from "zod";
import { NightcapError } from "../common/errors.ts";

/** Characters that Azure keeps out of the names of tags. */
const reservedInTagNames = /[<>%&\\?/\p{Cc}]/u;

const tagName = z
  .string()
  .min(1)
  .max(512)
  .refine((name) => !reservedInTagNames.test(name), {
    error: ({ input }) =>
      `tag name ${JSON.stringify(input)} has a reserved character: < > % & \\ ? / or a control character`,
  });

/** Azure's limits of tags: 50, names of 512, values of 256 characters. */
export const tags = z
  .record(tagName, z.string().max(256))
  .refine((value) => Object.keys(value).length <= 50, "at most 50 tags");

/** Clients send null for what they leave out. */
const optionalTags = z.preprocess((value) => value ?? undefined, tags.optional());

/** Body of PUT networkWatchers. */
export const trackedResourceRequest = z.object({
  location: z.string().min(1).max(60),
  tags: optionalTags,
});

/** Body of PATCH of a tracked resource: tags alone. */
export const tagsRequest = z.object({ tags: optionalTags });

/** `West Europe`, `westeurope` and `WESTEUROPE` are one region. */
export const canonicalLocation = (location: string): string =>
  location.replaceAll(" ", "").toLowerCase();

/** Throws `InvalidParameter` when `location` is not the region that this control plane serves. */
export function checkLocation(location: string, served: string): string {
  const canonical = canonicalLocation(location);
  if (canonical === canonicalLocation(served)) return served;
  throw new NightcapError(
    "InvalidParameter",
    `location "${location}" is not served here: only "${served}" is`,
  );
}

/** The region that a resource is in: the served one as it is spelt here, or another by its canonical name. */
export function regionOf(location: string, served: string): string {
  const canonical = canonicalLocation(location);
  if (canonical === canonicalLocation(served)) return served;
  if (/^[a-z0-9][a-z0-9-]{0,59}$/.test(canonical)) return canonical;
  throw new NightcapError(
    "InvalidParameter",
    `location "${location}" is not the name of a region: letters, digits and hyphens expected`,
  );
}
