import { useTranslation } from "react-i18next";
import { blockAction } from "../../api/blocks.ts";
import { createAction } from "../../api/captures.ts";
import { expectAction } from "../../api/expectations.ts";
import { Notice } from "../../parts/notice.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { AgainDialog } from "./again-dialog.tsx";
import { BlockDialog } from "./block/block-dialog.tsx";
import css from "./incident.module.css";
import { ExpectDialog } from "./expect/expect-dialog.tsx";
import type { IncidentThings } from "./incident-things.ts";

/** What can be done about it, as far as this person may and the host is there. */
export function IncidentActions({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const mayBlock = useAllowed(blockAction);
  const mayExpect = useAllowed(expectAction);
  const mayCapture = useAllowed(createAction);
  const { isHostThere, host } = things;
  const model = things.recordings.findLast(({ capture }) => capture !== null)?.capture ?? null;
  const expect = mayExpect && <ExpectDialog things={things} />;
  if (isHostThere === null) return null;
  if (!isHostThere) {
    return (
      <>
        <div className={css["actions"]}>{expect}</div>
        <Notice
          kind="calm"
          title={t("incident.hostGone", { host })}
          text={t("incident.hostGoneText")}
        />
      </>
    );
  }
  return (
    <div className={css["actions"]}>
      {mayBlock && <BlockDialog things={things} />}
      {mayCapture && model && <AgainDialog things={things} model={model} />}
      {expect}
    </div>
  );
}
