/** What an error answer is made of. */
export interface ApiErrorFields {
  status: number;
  type?: string;
  message: string;
  param?: string | null;
  code?: string | null;
  /** False tells the SDKs not to send the request again. */
  retryable?: boolean;
  /** Headers of the answer, with names in lower case. */
  headers?: Readonly<Record<string, string>>;
}

/** An error that a caller of the API gets; `api-errors.ts` makes them. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  readonly retryable: boolean | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(fields: ApiErrorFields) {
    super(fields.message);
    this.status = fields.status;
    this.type = fields.type ?? 'invalid_request_error';
    this.param = fields.param ?? null;
    this.code = fields.code ?? null;
    this.retryable = fields.retryable;
    this.headers = fields.headers ?? {};
  }
}
