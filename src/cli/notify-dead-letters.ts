import type { Command } from "commander";
import { z } from "zod";
import type { ControlPlaneClient } from "./control-plane-client.ts";
import type { NotifyOptions } from "./notify.ts";

const path = "/nightcap/v1/notification-dead-letters";

const letterView = z.looseObject({
  id: z.string(),
  target: z.string(),
  title: z.string(),
  attemptCount: z.number(),
  reason: z.string().nullable(),
  diedTime: z.string(),
});
const letterList = z.object({ value: z.array(letterView) });
const countAnswer = z.object({ count: z.number() });

interface Tools {
  common(command: Command, description: string): Command;
  openClient(options: NotifyOptions): Promise<ControlPlaneClient>;
  print(options: NotifyOptions, value: unknown, lines: readonly string[]): void;
}

/** `nightcap notify dead-letters ...`: what no try delivered. */
export function addDeadLettersCommand(notify: Command, tools: Tools): void {
  const parent = notify.command("dead-letters").description("notifications that were given up");
  tools
    .common(parent.command("list", { isDefault: true }), "what was given up, and why")
    .action(async (options: NotifyOptions) => {
      const client = await tools.openClient(options);
      const { value } = letterList.parse(await client.request("GET", path));
      tools.print(options, value, value.map(oneLine));
    });
  tools
    .common(parent.command("retry [id...]"), "try again: those named, or all")
    .action(async (ids: string[], options: NotifyOptions) => {
      const client = await tools.openClient(options);
      const body = { ids: ids.length === 0 ? null : ids };
      const answer = countAnswer.parse(await client.request("POST", `${path}/retry`, body));
      tools.print(options, answer, [`${answer.count} will be tried again`]);
    });
  tools
    .common(parent.command("drop [id...]"), "forget: those named, or with --all all")
    .option("--all", "forget all of them")
    .action((ids: string[], options: DropOptions) => drop(ids, options, tools));
}

interface DropOptions extends NotifyOptions {
  all?: boolean;
}

async function drop(ids: readonly string[], options: DropOptions, tools: Tools): Promise<void> {
  const client = await tools.openClient(options);
  const paths = options.all ? [path] : ids.map((id) => `${path}/${encodeURIComponent(id)}`);
  let count = 0;
  for (const each of paths) {
    count += countAnswer.parse(await client.request("DELETE", each)).count;
  }
  tools.print(options, { count }, [`${count} forgotten`]);
}

const oneLine = ({ id, target, title, attemptCount, reason, diedTime }: Letter): string =>
  `${id}  ${diedTime}  ${target}: ${title}; ${attemptCount} tries, ${reason ?? "no reason"}`;

type Letter = z.infer<typeof letterView>;
