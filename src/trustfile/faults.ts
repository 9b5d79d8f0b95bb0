import { TrustfleetError, type TrustfleetErrorCode } from '../errors.js';

type TlvCode = Extract<TrustfleetErrorCode, `TF_TLV_${string}`>;

/** An error at an octet of a trust file. `offset` counts from the start of the file. */
export function fault(code: TlvCode, message: string, offset: number, tag?: number): TrustfleetError {
  const context = tag === undefined ? { offset } : { offset, tag };
  return new TrustfleetError(code, `${message} (offset ${offset})`, { context });
}
