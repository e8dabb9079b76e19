import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./inspect.module.css";

/** A place to drop a file on, or to choose one with. */
export function DropZone({
  onFile,
  isReady,
}: {
  onFile: (file: File) => void;
  /** Whether a file can be read without a network, too. */
  isReady: boolean;
}): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const [isOver, setOver] = useState(false);
  const take = (files: FileList | null): void => {
    setOver(false);
    const file = files?.item(0);
    if (file) onFile(file);
  };
  return (
    <div
      className={css["zone"]}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        take(event.dataTransfer.files);
      }}
    >
      <label htmlFor={id} className={css["choose"]}>
        {t("inspect.choose")}
      </label>
      <input
        id={id}
        type="file"
        accept=".cap,.pcap,.pcapng,.gz"
        onChange={(event) => take(event.target.files)}
      />
      <p>{t("inspect.private")}</p>
      <p role="status">{isReady && t("inspect.ready")}</p>
    </div>
  );
}
