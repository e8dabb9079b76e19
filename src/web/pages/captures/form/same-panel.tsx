import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../../parts/copy-button.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { azText, jsonText } from "./command-text.ts";
import { TabBar } from "../../../parts/tab-bar.tsx";
import css from "./form.module.css";
import type { CaptureProperties } from "./form-state.ts";

/** The same capture for a command line and for a program. */
export function SamePanel({
  id,
  properties,
}: {
  id: string;
  properties: CaptureProperties;
}): React.ReactNode {
  const { t } = useTranslation();
  const texts = { az: azText(id, properties), JSON: jsonText(properties) };
  return (
    <Panel title={t("captureForm.same")}>
      <Tabs.Root defaultValue="az" className={css["same"]}>
        <TabBar label={t("captureForm.same")} names={Object.keys(texts)} titleOf={(name) => name} />
        {Object.entries(texts).map(([name, text]) => (
          <Tabs.Panel key={name} value={name}>
            <pre tabIndex={0}>{text}</pre>
            <CopyButton text={text} label={t("captureForm.copy", { name })} />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </Panel>
  );
}
