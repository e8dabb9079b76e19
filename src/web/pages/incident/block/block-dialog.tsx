import { useTranslation } from "react-i18next";
import { readBlocksAction, useBlocks } from "../../../api/blocks.ts";
import { ActionDialog, DialogButtons } from "../../../parts/action-dialog.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { useAllowed } from "../../../shell/session-context.ts";
import type { IncidentThings } from "../incident-things.ts";
import { BlockForm } from "./block-form.tsx";

/** Stops traffic on the incident's host for a time; first it is shown what that would do. */
export function BlockDialog({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const { host } = things;
  return (
    <ActionDialog words={t("block.button")} title={t("block.title", { host })} kind="danger">
      <BlockContent things={things} />
    </ActionDialog>
  );
}

function BlockContent({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const mayRead = useAllowed(readBlocksAction);
  const { data, isPending } = useBlocks(things.host, mayRead);
  if (mayRead && isPending) return <p role="status">{t("frame.opening")}</p>;
  if (data?.host && !data.host.allowed) {
    return (
      <>
        <Notice kind="warn" title={t("block.off")} text={t("block.offText")} />
        <DialogButtons />
      </>
    );
  }
  return <BlockForm things={things} durationSecondsMax={data?.host?.durationSecondsMax ?? null} />;
}
