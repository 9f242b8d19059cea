/** Routes. */
import { PageHead } from "../parts/page.tsx";

export function RoutesPage() {
  return <PageHead title="Routes" />;
}
