export { decodeTvs, encodeTvs, type TvsStrictness } from './codec.js';
export { TvsFrameReader } from './frame-reader.js';
export {
  TVS_STATUS_INVALID,
  TVS_STATUS_VALID,
  type TvsMessage,
  type TvsQueryRequest,
  type TvsQueryResponse,
  type TvsRequest,
  type TvsResponse,
  type TvsSigner,
  type TvsVerifyRequest,
  type TvsVerifyResponse,
} from './message.js';
