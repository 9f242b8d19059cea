/** A request that was refused, as it is counted, kept and shown to operators. */

/** A refused request as it is kept to look at: no header, no body. */
export interface Refusal {
  /** `req_…` where the request is held in quarantine; else the store may choose one. */
  readonly id?: string;
  /** "" where the source is unknown. */
  readonly source: string;
  readonly code: string;
  /** For the operator: more than the sender was told. */
  readonly cause: string;
  readonly address: string;
  readonly method: string;
  /** Epoch ms. */
  readonly at: number;
  /** The schema that the body did not satisfy, and the JSON Pointer of that part of it. */
  readonly schema?: string;
  readonly pointer?: string;
}
