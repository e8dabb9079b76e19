import { once } from "node:events";
import { createServer } from "node:net";
import type { Check, Subject } from "./checks.ts";
import { attempt, degraded, firstLine, missing, ok, runIfThere } from "./tools.ts";

/** A program that only has to be there. */
export function checkProgram({
  versionOption = "--version",
  ...subject
}: Subject & { versionOption?: string }): Promise<Check> {
  return attempt(subject, async () => {
    const result = await runIfThere(subject.name, [versionOption]);
    if (result === null) return missing(subject, "no such program");
    return ok(subject, firstLine(result.stdout || result.stderr));
  });
}

const namespaces: Subject = {
  name: "network namespaces",
  essential: false,
  why: "drill rehearses an incident in namespaces of its own, and the tests run in some",
  remedy:
    "run as root, in a container with --privileged or --cap-add SYS_ADMIN --cap-add NET_ADMIN",
};

/** Really makes one, with a link in it, and removes it. */
export function checkNamespaces(): Promise<Check> {
  const name = `nightcap-doctor-${process.pid}`;
  return attempt(namespaces, async () => {
    const made = await runIfThere("ip", ["netns", "add", name]);
    if (made === null) return missing(namespaces, "no program ip to make them with");
    if (made.code !== 0) return missing(namespaces, firstLine(made.stderr));
    try {
      const link = ["-n", name, "link", "add", "name", "a0", "type", "veth", "peer", "name", "b0"];
      const linked = await runIfThere("ip", link);
      return linked?.code === 0
        ? ok(namespaces, "made one with a link and removed it")
        : missing(namespaces, `no veth link: ${firstLine(linked?.stderr ?? "")}`);
    } finally {
      await runIfThere("ip", ["netns", "delete", name]);
    }
  });
}

/** Whether the control plane's port is free; in use is no fault when Nightcap itself uses it. */
export async function checkPort(port: number): Promise<Check> {
  const subject: Subject = {
    name: `port ${port}`,
    essential: false,
    why: "the control plane listens there",
    remedy: "if it is not Nightcap that listens there already, choose another with --port",
  };
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return ok(subject, "free on 127.0.0.1");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return degraded(subject, code === "EADDRINUSE" ? "in use on 127.0.0.1" : code);
  } finally {
    server.close();
  }
}
