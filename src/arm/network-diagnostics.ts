import { isIP } from "node:net";
import { z } from "zod";

const resourceId = z.string().min(1).max(2_048);
const address = z
  .string()
  .max(45)
  .refine((text) => isIP(text) !== 0, "an IP address expected");

/** Azure takes texts; `*` is any. */
const port = z.union([z.string().max(11), z.int()]).transform((value, context) => {
  const text = String(value).trim();
  if (text === "*") return null;
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  context.addIssue(`"${text}" is not a port: 0 to 65535 or * expected`);
  return z.NEVER;
});

const word = <Word extends string>(...words: Word[]) =>
  z.string().transform((text, context): Word => {
    const found = words.find((each) => each.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue(`"${text.slice(0, 60)}" is not allowed: ${words.join(", ")} expected`);
    return z.NEVER;
  });

/** Body of POST ipFlowVerify. */
export const ipFlowRequest = z.strictObject({
  targetResourceId: resourceId,
  targetNicResourceId: resourceId.optional(),
  direction: word("Inbound", "Outbound"),
  protocol: word("TCP", "UDP"),
  localPort: port,
  remotePort: port,
  localIPAddress: address,
  remoteIPAddress: address,
});

/** Body of POST nextHop. */
export const nextHopRequest = z.strictObject({
  targetResourceId: resourceId,
  targetNicResourceId: resourceId.optional(),
  sourceIPAddress: address,
  destinationIPAddress: address,
});

/** Body of POST securityGroupView. */
export const securityGroupViewRequest = z.strictObject({ targetResourceId: resourceId });

const reference = z.strictObject({ id: resourceId });

/** Body of POST topology. */
export const topologyRequest = z.strictObject({
  targetResourceGroupName: z.string().min(1).max(90).optional(),
  targetVirtualNetwork: reference.optional(),
  targetSubnet: reference.optional(),
});

const httpConfiguration = z.strictObject({
  method: word("Get").optional(),
  headers: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "a header's name expected"),
        // Printable characters alone: a line break would begin another header.
        value: z
          .string()
          .max(1_000)
          .regex(/^[\t\x20-\x7e]*$/, "printable ASCII expected"),
      }),
    )
    .max(20)
    .default([]),
  validStatusCodes: z.array(z.int().min(100).max(599)).max(20).default([]),
});

const portNumber = z.int().min(1).max(65_535);

/** Body of POST connectivityCheck. Clients write `HTTPConfiguration` and `httpConfiguration`. */
export const connectivityRequest = z.strictObject({
  source: z.strictObject({
    resourceId,
    port: z.undefined("the source port cannot be chosen: the host takes a free one").optional(),
  }),
  destination: z.strictObject({
    resourceId: resourceId.optional(),
    address: z.string().min(1).max(2_048).optional(),
    port: portNumber.optional(),
  }),
  protocol: word("Tcp", "Http", "Https", "Icmp").optional(),
  protocolConfiguration: z
    .strictObject({
      HTTPConfiguration: httpConfiguration.optional(),
      httpConfiguration: httpConfiguration.optional(),
    })
    .optional(),
  preferredIPVersion: word("IPv4", "IPv6").optional(),
});

export type IpFlowRequest = z.infer<typeof ipFlowRequest>;
export type ConnectivityRequest = z.infer<typeof connectivityRequest>;
