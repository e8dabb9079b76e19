import { Tabs } from "@base-ui/react/tabs";
import css from "./tab-bar.module.css";

/** The tabs of a page or panel, which scroll where there is no room for all of them. */
export const TabBar = <Name extends string>({
  label,
  names,
  titleOf,
}: {
  label: string;
  names: readonly Name[];
  titleOf: (name: Name) => string;
}): React.ReactNode => (
  <Tabs.List className={css["tabs"]} aria-label={label}>
    {names.map((name) => (
      <Tabs.Tab key={name} value={name} className={css["tab"]}>
        {titleOf(name)}
      </Tabs.Tab>
    ))}
  </Tabs.List>
);

/** What belongs to one tab. */
export const TabPanel = ({
  name,
  children,
}: {
  name: string;
  children: React.ReactNode;
}): React.ReactNode => (
  <Tabs.Panel value={name} className={css["panel"]}>
    {children}
  </Tabs.Panel>
);
