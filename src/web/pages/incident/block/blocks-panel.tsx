import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Block,
  liftBlock,
  readBlocksAction,
  unblockAction,
  useBlocks,
} from "../../../api/blocks.ts";
import { topicKey } from "../../../api/topics.ts";
import { Button } from "../../../parts/button.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { useAllowed } from "../../../shell/session-context.ts";
import { useFormats } from "../../../words/moments.ts";
import css from "../incident.module.css";
import type { IncidentThings } from "../incident-things.ts";

/** What the host refuses now, with the time that is left; nothing where there is no block. */
export function BlocksPanel({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const { host, isHostThere } = things;
  const mayRead = useAllowed(readBlocksAction);
  const { data } = useBlocks(host, mayRead && isHostThere === true);
  const blocks = data?.value ?? [];
  if (blocks.length === 0) return null;
  return (
    <Panel title={t("block.now", { count: blocks.length, host })}>
      <ul className={css["rows"]}>
        {blocks.map((block) => (
          <BlockRow key={block.id} block={block} host={host} />
        ))}
      </ul>
    </Panel>
  );
}

function BlockRow({ block, host }: { block: Block; host: string }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const queries = useQueryClient();
  const mayLift = useAllowed(unblockAction);
  const lift = useMutation({
    mutationFn: () => liftBlock(host, block.id),
    onSettled: () => queries.invalidateQueries({ queryKey: [topicKey("block")] }),
  });
  const { address, port, protocol, direction, state, problem, packets, reason, createdBy } = block;
  const what = [address, [port, protocol].filter(Boolean).join("/")].filter(Boolean).join(" ");
  return (
    <li>
      <TimeLeft endTime={block.endTime} />
      <span className={css["name"]}>
        {what}
        <small className={css["small"]}>
          <span>{t(`blockDirection.${direction}`)}</span>
          <span>{[reason, createdBy].filter(Boolean).join(" · ")}</span>
        </small>
      </span>
      <span className={css["detail"]}>
        {t(`blockState.${state}`)}
        {problem !== null && `: ${problem}`}
        {packets !== null &&
          ` · ${t("block.cutPackets", { count: packets, shown: number(packets) })}`}
        {lift.error && <Notice kind="bad" title={t("capture.notDone")} text={lift.error.message} />}
        {mayLift && (
          <div className={css["buttons"]}>
            <Button
              isBusy={lift.isPending}
              aria-label={t("block.liftOf", { what })}
              onClick={() => lift.mutate()}
            >
              {t("block.lift")}
            </Button>
          </div>
        )}
      </span>
    </li>
  );
}

const secondMilliseconds = 1_000;

/** Minutes and seconds until the kernel lets it through again. */
function TimeLeft({ endTime }: { endTime: string }): React.ReactNode {
  const { t } = useTranslation();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), secondMilliseconds);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((Date.parse(endTime) - now) / secondMilliseconds));
  const pad = (count: number): string => String(count).padStart(2, "0");
  const clock = `${pad(Math.floor(seconds / 3_600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return (
    <time dateTime={endTime} className={css["left"]}>
      {t("block.left", { clock })}
    </time>
  );
}
