/** Fetching the text at a URL, as verifying with a fetched key needs it. */

/** With limits of time and size, without redirects, from a cache where it is known. Throws where it fails. */
export type FetchText = (request: {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body to be posted as JSON, instead of a GET. */
  readonly post?: string;
  /** The known text did not hold what was looked for: asked anew, but not more often than once a minute. */
  readonly anew?: boolean;
  /** What is there is no text: its bytes in base64. */
  readonly binary?: boolean;
}) => Promise<string>;
