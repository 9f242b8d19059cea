/** The settings as they are in force; of a secret only whether it is set. */
import type { SettingRow } from "../../admin/shapes/settings.ts";
import { useReading } from "../api/reading.ts";
import { Badge } from "../parts/badge.tsx";
import { PageHead, Panel } from "../parts/page.tsx";
import { Read } from "../parts/problem.tsx";
import { Table } from "../parts/table.tsx";

export function SettingsPage() {
  const settings = useReading<{ items: SettingRow[] }>("settings");
  return (
    <>
      <PageHead
        title="Settings"
        about="As they are in force in the process that answers. They are changed in its environment, then it is started again."
      />
      <Panel title="All settings" bare>
        <Read of={settings} lines={14}>
          {({ items }) => (
            <Table
              label="Settings"
              rows={items}
              keyOf={({ variable }) => variable}
              columns={[
                {
                  head: "Setting",
                  cell: ({ variable }) => <code class="break">{variable}</code>,
                  below: ({ meaning }) => <div class="dim small">{meaning}</div>,
                },
                { head: "Value", wide: true, cell: (row) => <Value {...row} /> },
                {
                  head: "Default",
                  cell: (row) =>
                    row.default === undefined || row.default === "" ? (
                      <span class="dim">none</span>
                    ) : (
                      <code>{row.default}</code>
                    ),
                },
              ]}
            />
          )}
        </Read>
      </Panel>
    </>
  );
}

function Value(row: SettingRow) {
  if (row.secret) {
    return row.value === undefined ? (
      <span class="dim">not set</span>
    ) : (
      <Badge tone="note">set; kept secret</Badge>
    );
  }
  if (row.value === undefined) return <span class="dim">not set</span>;
  return (
    <span>
      <code class="break">{row.value}</code>
      {row.value !== row.default && <span class="dim small"> set here</span>}
    </span>
  );
}
