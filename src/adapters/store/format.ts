/** The format of what the store holds, told in the store itself: what a newer version wrote in another one is not touched. */

/** String: the lowest format that a version must know to work on this store. */
export const FORMAT_KEY = "{sb}:format";

/**
 * The format that this version writes; what was written in it is kept in test/fixtures and read by a test, in every version after. It is
 * raised where a version that knows less would misread what is stored, and the one before must have been able to read it already.
 */
export const FORMAT = 1;

/** Why this version leaves a store alone; undefined where it may work on it. A store that tells nothing is empty, or of format 1. */
export function unknownFormat(found: string | null): string | undefined {
  if (found === null || Number(found) <= FORMAT) return undefined;
  return (
    `holds format ${found}, which a newer version of the router has written; this one knows format ${FORMAT}. ` +
    "Start the newer version, or give this one a store of its own"
  );
}
