/** Rows and columns; on a narrow screen each row becomes a card. Rows that lead somewhere do so by click, Enter, j and k. */
import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the end. */
  readonly end?: boolean;
  /** Of the first column: what stands below its link. */
  readonly below?: (row: Row) => ComponentChildren;
  /** Takes a card's whole width. */
  readonly wide?: boolean;
}

export function Table<Row>(props: {
  /** What the table holds, for those who do not see it. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** Where a row leads; its first cell becomes the link. */
  readonly href?: (row: Row) => string | undefined;
}) {
  const { route } = useLocation();
  return (
    <div class="table">
      <table aria-label={props.label} role="table">
        <thead role="rowgroup">
          <tr role="row">
            {props.columns.map(({ head, end }) => (
              <th key={head} scope="col" role="columnheader" class={end === true ? "end" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.rows.map((row) => {
            const href = props.href?.(row);
            return (
              <tr
                key={props.keyOf(row)}
                role="row"
                data-open={href}
                onClick={(event) => {
                  if (href !== undefined && opens(event)) route(href);
                }}
              >
                {props.columns.map(({ head, cell, end, wide, below }, index) => (
                  <td
                    key={head}
                    role="cell"
                    data-label={head}
                    data-wide={wide}
                    class={end === true ? "end" : undefined}
                  >
                    {index === 0 && href !== undefined ? (
                      <a href={href} data-row-link>
                        {cell(row)}
                      </a>
                    ) : (
                      cell(row)
                    )}
                    {below?.(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A click on the row itself: not on something in it that does its own, and not the end of marking text. */
function opens(event: MouseEvent): boolean {
  const inner = (event.target as Element).closest("a, button, input, select, summary, label");
  return (
    inner === null &&
    event.button === 0 &&
    !event.ctrlKey &&
    !event.metaKey &&
    getSelection()?.isCollapsed !== false
  );
}

/** The button below a list that has more pages. */
export function More({ of }: { readonly of: { hasMore: boolean; loading: boolean; more: () => void } }) {
  if (!of.hasMore) return null;
  return (
    <div class="inside row" style={{ justifyContent: "center", padding: "10px" }}>
      <button type="button" class="button" disabled={of.loading} onClick={of.more}>
        {of.loading ? "Loading…" : "Load more"}
      </button>
    </div>
  );
}
