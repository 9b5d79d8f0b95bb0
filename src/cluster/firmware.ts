import { fileNames } from '../device/name.js';
import { firmwareKey } from '../pki/firmware-key.js';
import { signFirmware } from '../trustfile/index.js';

/** Files of the loads that were installed on the TFTP nodes, by name. */
export type FirmwareFiles = ReadonlyMap<string, Uint8Array>;

/** `tampered`: octets of its image were changed after the manufacturer signed it. */
export type LoadImage = 'signed' | 'tampered';

/** Octets of the one image that a load has here, which stands for the megabytes of a real one. */
const IMAGE_OCTETS = 4_096;

/** The load list and the image of a load, as a package of the manufacturer brings them (phone-config.md 2, 8 and 9; R-11). */
export function loadFiles(load: string, image: LoadImage): FirmwareFiles {
  const { privateKey } = firmwareKey();
  const list = fileNames.loads(load);
  const part = `${load}.sbn`;
  const bytes = signFirmware(part, Buffer.alloc(IMAGE_OCTETS, `${load} `), privateKey);
  const last = bytes.length - 1;
  if (image === 'tampered') bytes[last] = (bytes[last] ?? 0) ^ 0xff;
  return new Map([
    [list, signFirmware(list, Buffer.from(`${part}\n`), privateKey)],
    [part, bytes],
  ]);
}
