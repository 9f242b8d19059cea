/** Audit. */
import { PageHead } from "../parts/page.tsx";

export function AuditPage() {
  return <PageHead title="Audit" />;
}
