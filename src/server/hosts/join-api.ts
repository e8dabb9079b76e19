import { z } from "zod";
import { isoTime, type Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { Enrolment } from "../enrolment.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { time } from "../openapi/shapes.ts";
import type { Hosts } from "./hosts.ts";

const path = "/nightcap/joinTokens";

const idPattern = /^[0-9a-f]{64}$/;
const invited = z.object({
  token: z.string(),
  id: z.string(),
  expiresTime: time,
  server: z.string().describe("Where hosts find this control plane"),
  caSha256: z.string(),
  command: z.string().describe("What is pasted on the host"),
});
const invitation = z.object({
  id: z.string(),
  state: z.enum(["waiting", "used", "expired"]),
  expiresTime: time,
  host: z.object({ name: z.string(), resourceId: z.string() }).nullable(),
});

export interface JoinOptions {
  enrolment: Pick<Enrolment, "invite" | "invitation">;
  hosts: Pick<Hosts, "recordOf">;
  /** Where hosts find this control plane. */
  baseUrl: string;
  clock: Clock;
}

/** Tokens with which hosts join, and what became of them. */
export const joinRoutes = (options: JoinOptions): ApiRoute[] => [
  route(
    {
      method: "POST",
      path,
      summary: "A token with which one host joins, and the command that does it",
      answers: { 200: { description: "Once in this answer and nowhere else", json: invited } },
    },
    async () => {
      const { enrolment, baseUrl } = options;
      const { token, id, expiresAt, caSha256 } = await enrolment.invite({ baseUrl });
      const expiresTime = isoTime(expiresAt);
      const command = joinCommand(token);
      return { status: 200, body: { token, id, expiresTime, server: baseUrl, caSha256, command } };
    },
  ),
  route(
    {
      method: "GET",
      path: `${path}/{id}`,
      summary: "What became of a token",
      errors: ["ResourceNotFound"],
      answers: { 200: { description: "As it stands", json: invitation } },
    },
    async ({ params: { id } }) => ({ status: 200, body: await view(options, id) }),
  ),
];

/**
 * What is pasted on the host. The shell's own `echo` gives the token, so that it is in nobody's list of processes;
 * the token says where the control plane is and which authority it must have.
 */
export const joinCommand = (token: string): string =>
  `echo ${token} | nightcap agent --join-file -`;

/** What became of a token; the token itself is known to nobody here. */
async function view(
  { enrolment, hosts, clock }: JoinOptions,
  id: string,
): Promise<z.input<typeof invitation>> {
  const found = idPattern.test(id) ? await enrolment.invitation(id) : null;
  if (!found) throw new NightcapError("ResourceNotFound", "there is no such join token");
  const { expiresAt, usedBy } = found;
  const host = usedBy === null ? null : await hosts.recordOf(usedBy);
  const isOver = expiresAt <= clock.now();
  return {
    id,
    state: usedBy !== null ? "used" : isOver ? "expired" : "waiting",
    expiresTime: isoTime(expiresAt),
    host: host && { name: host.name, resourceId: host.resourceId },
  };
}
