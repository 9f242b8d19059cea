/** What went wrong, why, and what mends it; and what stands where there is nothing, or not yet. */
import type { ComponentChildren } from "preact";
import type { Problem } from "../api/call.ts";
import type { Pages, Reading } from "../api/reading.ts";
import { safeHref } from "./link.tsx";

/** A problem with its fix and the links to its code's page and to the part of the schema. */
export function ProblemBox({ problem, again }: { readonly problem: Problem; readonly again?: () => void }) {
  const page = safeHref(problem.type);
  const schema = safeHref(problem.schema);
  return (
    <div class="problem" role="alert">
      <strong>{problem.title}</strong>
      <span>{problem.detail}</span>
      <span>{problem.fix}</span>
      <span class="row small">
        {page === undefined ? (
          <code>{problem.code}</code>
        ) : (
          <a href={page} target="_blank" rel="noreferrer">
            {problem.code}
          </a>
        )}
        {schema !== undefined && (
          <a href={schema} target="_blank" rel="noreferrer">
            The part of the schema
          </a>
        )}
        {again && (
          <button type="button" class="button small" onClick={again}>
            Try again
          </button>
        )}
      </span>
    </div>
  );
}

/** What stands where a list is empty: what would be here, and how it comes. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** Holds the place of what is being read; `lines` near the height that will be. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} style={{ width: `${90 - ((index * 23) % 50)}%` }} />
      ))}
    </div>
  );
}

/** A reading as it is: being read, failed, forbidden, or there. */
export function Read<T>(props: {
  readonly of: Reading<T>;
  readonly lines?: number;
  readonly children: (value: T) => ComponentChildren;
}) {
  const { value, problem, again } = props.of;
  if (value === undefined && problem === undefined) return <Loading lines={props.lines ?? 4} />;
  if (value === undefined && problem?.status === 403) return <Forbidden problem={problem} />;
  return (
    <>
      {problem && <ProblemBox problem={problem} again={again} />}
      {value !== undefined && props.children(value)}
    </>
  );
}

/** The same for a list that is read page by page. */
export function ReadPages<T>(props: {
  readonly of: Pages<T>;
  readonly lines?: number;
  readonly children: (items: readonly T[]) => ComponentChildren;
}) {
  const { items: value, problem, loading, again } = props.of;
  return (
    <Read of={{ value, problem, loading, again }} lines={props.lines ?? 4}>
      {props.children}
    </Read>
  );
}

/** What is there, but not for this person. */
export function Forbidden({ problem }: { readonly problem: Problem }) {
  return (
    <Empty title="This is not for your role">
      <p>{problem.detail} An admin can give you a role that may; People lists who is one.</p>
    </Empty>
  );
}
