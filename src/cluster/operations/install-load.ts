import { isLoadName } from '../../device/name.js';
import { type LoadImage, loadFiles } from '../firmware.js';
import type { ClusterState } from '../state.js';
import { type OperationResult, refused } from './result.js';

/** The files of a load on every TFTP node, in place of those of the same name. No phone fetches them before its configuration names it. */
export function installLoad(state: ClusterState, load: string, image: LoadImage): OperationResult {
  if (!isLoadName(load)) throw refused(`load "${load}", expected up to 32 letters, digits, dots and hyphens`);
  const firmware = new Map([...state.firmware, ...loadFiles(load, image)]);
  return { state: { ...state, firmware }, output: [`${load} installed on all TFTP nodes`] };
}
