import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type HeldCapture, useHolds } from "../../api/keeping.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import { HoldButton } from "../captures/hold-button.tsx";
import css from "./settings.module.css";

const nameOf = ({ capture, sessionId }: HeldCapture): string => capture ?? sessionId;
const sizeOf = ({ files }: HeldCapture): number =>
  files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** What nothing and nobody deletes, who said so and why, and the way to let it go. */
export function HoldsPart(): React.ReactNode {
  const { t } = useTranslation();
  const { data: holds, error } = useHolds();
  if (error) return <Notice kind="bad" title={t("holds.none")} text={error.message} />;
  if (!holds) return null;
  return (
    <Panel title={t("settings.holds")}>
      <p className={css["empty"]}>{t(holds.length === 0 ? "holds.empty" : "holds.text")}</p>
      {holds.length > 0 && <Holds holds={holds} />}
    </Panel>
  );
}

function Holds({ holds }: { holds: readonly HeldCapture[] }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  return (
    <DataTable<HeldCapture>
      label={t("settings.holds")}
      rows={holds}
      keyOf={({ sessionId }) => sessionId}
      columns={[
        {
          key: "capture",
          title: t("holds.capture"),
          show: (held) => <Link href={`/captures/${held.sessionId}`}>{nameOf(held)}</Link>,
          sortBy: nameOf,
        },
        {
          key: "reason",
          title: t("captureKeep.reason"),
          show: ({ hold, notHeld }) => (
            <div className={css["what"]}>
              <span>{hold?.reason}</span>
              {notHeld !== null && (
                <span lang="en" className={css["warn"]}>
                  {notHeld}
                </span>
              )}
            </div>
          ),
        },
        { key: "by", title: t("holds.by"), show: ({ hold }) => hold?.by, sortBy: byOf },
        {
          key: "since",
          title: t("holds.since"),
          show: ({ hold }) => hold && <Moment time={hold.time} />,
          sortBy: ({ hold }) => hold?.time ?? "",
        },
        {
          key: "size",
          title: t("column.bytes"),
          isNumber: true,
          show: (held) => bytes(sizeOf(held)),
          sortBy: sizeOf,
        },
        {
          key: "acts",
          title: t("settings.acts"),
          show: (held) => (
            <div className={css["rowActs"]}>
              <HoldButton
                sessionId={held.sessionId}
                isHeld
                label={t("holds.liftOf", { name: nameOf(held) })}
              />
            </div>
          ),
        },
      ]}
    />
  );
}

const byOf = ({ hold }: HeldCapture): string => hold?.by ?? "";
