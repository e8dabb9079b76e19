import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";

/** Copies a text, and says that it did. */
export function CopyButton({
  text,
  label,
  words,
  kind = "plain",
}: {
  text: string;
  label?: string;
  /** On the button, where "Copy" does not say what. */
  words?: { copy: string; copied: string };
  kind?: "first" | "plain";
}): React.ReactNode {
  const { t } = useTranslation();
  const [copied, setCopied] = useState<string | null>(null);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(text);
  };
  const shown = words ?? { copy: t("kql.copy"), copied: t("kql.copied") };
  return (
    <Button kind={kind} aria-label={label} onClick={() => void copy()}>
      {copied === text ? shown.copied : shown.copy}
    </Button>
  );
}
