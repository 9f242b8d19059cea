/** Sources. */
import { PageHead } from "../parts/page.tsx";

export function SourcesPage() {
  return <PageHead title="Sources" />;
}
