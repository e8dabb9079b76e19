import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type StorageClass, type StorageUsage, useStorageUsage } from "../../api/storage-usage.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./settings.module.css";

/** What the store has, how long it is kept, and what goes next. */
export function StoragePart(): React.ReactNode {
  const { t } = useTranslation();
  const { data, error } = useStorageUsage();
  if (error) return <Notice kind="bad" title={t("storage.none")} text={error.message} />;
  if (!data) return null;
  return (
    <>
      {data.refused.map((why) => (
        <Notice key={why} kind="bad" title={t("storage.refuses")} text={why} />
      ))}
      <Panel title={t("settings.storage")}>
        <Total total={data.total} />
        <Classes classes={data.classes} />
        <p className={css["text"]}>{t("storage.where")}</p>
      </Panel>
      <Panel title={t("storage.next")}>
        <Next next={data.next} />
      </Panel>
    </>
  );
}

function Total({ total }: { total: StorageUsage["total"] }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { sizeBytes, quotaBytes, freeDiskBytes } = total;
  const room = quotaBytes ?? (freeDiskBytes === null ? null : sizeBytes + freeDiskBytes);
  return (
    <div className={css["bar"]}>
      {room !== null && (
        <meter value={sizeBytes} max={room} high={room * 0.9} aria-label={t("storage.used")} />
      )}
      <p>
        {t("storage.total", { size: bytes(sizeBytes) })}
        {quotaBytes !== null && ` · ${t("storage.quotaOf", { size: bytes(quotaBytes) })}`}
        {freeDiskBytes !== null && ` · ${t("storage.free", { size: bytes(freeDiskBytes) })}`}
      </p>
    </div>
  );
}

function Classes({ classes }: { classes: readonly StorageClass[] }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  return (
    <DataTable<StorageClass>
      label={t("settings.storage")}
      rows={classes}
      keyOf={(each) => each.class}
      columns={[
        {
          key: "class",
          title: t("storage.kind"),
          show: (each) => t(`storage.classes.${each.class}`),
        },
        {
          key: "size",
          title: t("column.bytes"),
          isNumber: true,
          show: ({ sizeBytes }) => bytes(sizeBytes),
          sortBy: ({ sizeBytes }) => sizeBytes,
        },
        {
          key: "files",
          title: t("storage.files"),
          isNumber: true,
          show: ({ fileCount }) => number(fileCount),
          sortBy: ({ fileCount }) => fileCount,
        },
        {
          key: "quota",
          title: t("storage.quota"),
          isNumber: true,
          show: ({ quotaBytes }) => (quotaBytes === null ? "–" : bytes(quotaBytes)),
        },
        {
          key: "days",
          title: t("storage.kept"),
          show: ({ days }) =>
            days === null ? t("storage.forEver") : t("storage.days", { count: days }),
        },
        {
          key: "held",
          title: t("storage.held"),
          isNumber: true,
          show: ({ heldBytes }) => bytes(heldBytes),
        },
        {
          key: "oldest",
          title: t("storage.oldest"),
          show: ({ oldest }) => (oldest === null ? "–" : <Moment time={oldest} />),
        },
      ]}
    />
  );
}

function Next({ next }: { next: StorageUsage["next"] }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  return (
    <DataTable<StorageUsage["next"][number]>
      label={t("storage.next")}
      rows={next}
      keyOf={({ sessionId }) => sessionId}
      columns={[
        {
          key: "name",
          title: t("column.name"),
          show: ({ capture, sessionId }) => <Link href={`/captures/${sessionId}`}>{capture}</Link>,
        },
        {
          key: "size",
          title: t("column.bytes"),
          isNumber: true,
          show: ({ sizeBytes }) => bytes(sizeBytes),
        },
        { key: "why", title: t("storage.why"), show: ({ why }) => <span lang="en">{why}</span> },
      ]}
    />
  );
}
